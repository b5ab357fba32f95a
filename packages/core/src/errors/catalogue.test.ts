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

  it("keeps the statuses that are public API", () => {
    const statuses = Object.fromEntries(rows.map(([code, { status }]) => [code, status]));
    expect(statuses).toMatchObject({
      ERR_4001: 402,
      ERR_4002: 400,
      ERR_4003: 400,
      ERR_4004: 429,
      ERR_4005: 401,
      ERR_4006: 403,
      ERR_4007: 404,
      ERR_5001: 504,
      ERR_5002: 502,
      ERR_5003: 502,
    });
    expect(rows.filter(([code, { status }]) => code.startsWith("ERR_6") && status !== 500)).toEqual([]);
  });

  it("says of each code what it means and what to do, in sentences", () => {
    for (const [, { meaning, action }] of rows) {
      expect(meaning).toMatch(/^[A-Z].*\.$/s);
      expect(action).toMatch(/^[A-Z].*\.$/s);
    }
  });
});
