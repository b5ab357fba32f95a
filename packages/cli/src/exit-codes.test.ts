import { ErrorCode } from "@vidops/core/errors";
import { describe, expect, it } from "vitest";
import { exitCodeByError, exitCodeFor, exitCodeMeanings, exitCodes } from "./exit-codes.ts";

describe("the table of exit codes", () => {
  it("has a line for every code of the domain", () => {
    for (const code of Object.values(ErrorCode)) expect(exitCodeByError, code).toHaveProperty(code);
  });

  it("explains every exit code", () => {
    expect(Object.keys(exitCodeMeanings).map(Number).sort()).toEqual(Object.values(exitCodes).sort());
  });

  it.each([
    ["ERR_4007", 3],
    ["ERR_4005", 4],
    ["ERR_4006", 4],
    ["ERR_4013", 5],
    ["ERR_4015", 5],
    ["CLI_CONSENT_NEEDED", 7],
    ["ERR_6006", 8],
    ["ERR_6005", 75],
    ["CLI_INTERRUPTED", 130],
    ["ERR_9999", 1],
  ])("says %s is %i", (code, exitCode) => {
    expect(exitCodeFor(code)).toBe(exitCode);
  });

  it("says 75 where the same command may work later, unless there is more to say", () => {
    expect(exitCodeFor("ERR_6002", true)).toBe(75);
    expect(exitCodeFor("ERR_6002", false)).toBe(1);
    expect(exitCodeFor("ERR_6006", true)).toBe(8);
  });
});
