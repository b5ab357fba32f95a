import { describe, expect, it } from "vitest";
import { catalogue, ErrorCode } from "./index.ts";

const rows = Object.entries(catalogue);

describe("the catalogue", () => {
  it("has one row for each code, and no other", () => {
    expect(Object.keys(catalogue)).toEqual(Object.keys(ErrorCode));
  });

  it("gives each code a name of its own, in the form of a machine name", () => {
    const names = rows.map(([, { name }]) => name);
    expect(new Set(names).size).toBe(names.length);
    expect(names.filter((name) => !/^[a-z]+(_[a-z]+)*$/.test(name))).toEqual([]);
  });

  it("keeps the statuses and what may be repeated, which are public API", () => {
    const told = rows.map(
      ([code, { status, retryable }]) => `${code} ${status}${retryable ? " retryable" : ""}`,
    );
    expect(told).toEqual([
      "ERR_4001 402",
      "ERR_4002 400",
      "ERR_4003 400",
      "ERR_4004 429 retryable",
      "ERR_4005 401",
      "ERR_4006 403",
      "ERR_4007 404",
      "ERR_4008 400",
      "ERR_4009 409",
      "ERR_4010 422",
      "ERR_4011 409 retryable",
      "ERR_4012 403",
      "ERR_4013 409",
      "ERR_4014 409 retryable",
      "ERR_4015 409",
      "ERR_5001 504",
      "ERR_5002 502 retryable",
      "ERR_5003 502",
      "ERR_6001 500",
      "ERR_6002 500",
      "ERR_6003 500",
      "ERR_6004 500",
      "ERR_6005 500 retryable",
      "ERR_6006 500",
      "ERR_6007 500",
      "ERR_6008 503 retryable",
    ]);
  });

  it("says of each code what it means and what to do, in sentences", () => {
    for (const [, { meaning, action }] of rows) {
      expect(meaning).toMatch(/^[A-Z].*\.$/s);
      expect(action).toMatch(/^[A-Z].*\.$/s);
    }
  });
});
