import { describe, expect, it } from "vitest";
import { CommandError } from "./command-error.ts";
import { formatDuration, parseDuration, parseTime } from "./durations.ts";

describe("parseDuration", () => {
  it.each([
    ["7d", 604_800],
    ["24h", 86_400],
    ["90m", 5_400],
    ["2w", 1_209_600],
    ["1s", 1],
    ["1.5d", 129_600],
  ])("reads %s", (text, seconds) => {
    expect(parseDuration(text, "--older-than")).toBe(seconds);
  });

  it.each([
    "",
    "7",
    "d",
    "7 d",
    "7days",
    "seven days",
    "7y",
    "7D",
    "-7d",
    "+7d",
    "0d",
    "0.0h",
    "0.5s",
    "1e3s",
    "7d12h",
    "NaN",
    "∞d",
    "9999999999w",
  ])("refuses %j with examples", (text) => {
    const error = caught(() => parseDuration(text, "--older-than"));
    expect(error).toBeInstanceOf(CommandError);
    expect(error).toMatchObject({
      code: "CLI_USAGE",
      message: expect.stringContaining("--older-than"),
      hint: expect.stringContaining("7d, 24h, 90m, 2w"),
    });
  });
});

describe("parseTime", () => {
  const now = new Date("2026-11-22T12:00:00Z");
  it.each([
    ["24h", "2026-11-21T12:00:00.000Z"],
    ["2026-11-01", "2026-11-01T00:00:00.000Z"],
    ["2026-11-01T09:30:00Z", "2026-11-01T09:30:00.000Z"],
    ["2026-11-01T09:30+03:00", "2026-11-01T06:30:00.000Z"],
  ])("reads %s", (text, iso) => {
    expect(parseTime(text, "--since", now).toISOString()).toBe(iso);
  });

  it.each(["yesterday", "2026-02-30", "2026-13-01", "2026-11-01T09:30", "01.11.2026", "2026", ""])(
    "refuses %j",
    (text) => {
      expect(() => parseTime(text, "--since", now)).toThrow(CommandError);
    },
  );
});

describe("formatDuration", () => {
  it("uses the largest unit that fits exactly", () => {
    expect([604_800, 86_400, 5_400, 90, 1].map(formatDuration)).toEqual(["7d", "1d", "90m", "90s", "1s"]);
  });
});

function caught(run: () => unknown): unknown {
  try {
    run();
  } catch (error) {
    return error;
  }
  throw new Error("nothing was thrown");
}
