import { describe, expect, it } from "vitest";
import { parseRetryAfter } from "./index.ts";

const now = Date.UTC(2026, 10, 25, 10, 0, 0);
const asked = (value: string, name = "retry-after"): number | null =>
  parseRetryAfter(new Headers({ [name]: value }), now);

describe("parseRetryAfter", () => {
  it.each([
    ["0", 0],
    ["1", 1_000],
    ["120", 120_000],
    ["007", 7_000],
    [" 5 ", 5_000],
    ["9999999999", 9_999_999_999_000],
    ["Wed, 25 Nov 2026 10:00:30 GMT", 30_000],
    ["Wednesday, 25-Nov-26 10:00:30 GMT", 30_000],
    ["Wed Nov 25 10:00:30 2026", 30_000],
    ["Wed, 25 Nov 2026 09:59:30 GMT", 0],
    ["Thu, 01 Jan 1970 00:00:00 GMT", 0],
    ["Fri, 31 Dec 9999 23:59:59 GMT", Date.UTC(9999, 11, 31, 23, 59, 59) - now],
  ])("%s is %d ms", (value, expected) => {
    expect(asked(value)).toBe(expected);
  });

  it.each([
    "",
    "-5",
    "+5",
    "1.5",
    "1e3",
    "0x10",
    "5s",
    "5, 5",
    "5;q=1",
    "\u00b2",
    "Infinity",
    "NaN",
    "null",
    "soon",
    "99999999999",
    "2026-11-25T10:00:30Z",
    "25 Nov 2026 10:00:30 GMT",
    "Wed, 25 Nov 2026 10:00:30",
    "Wed, 25 Nov 2026 10:00:30 CET",
    "Wed, 25 Nov 2026 10:00:30 GMT, Wed, 25 Nov 2026 10:00:30 GMT",
    "Xyz, 99 Foo 2026 99:99:99 GMT",
    "wed, 25 nov 2026 10:00:30 gmt",
  ])("%j is nothing", (value) => {
    expect(asked(value)).toBeNull();
  });

  it("takes milliseconds first, where they are well written", () => {
    const both = (precise: string): number | null =>
      parseRetryAfter(new Headers({ "retry-after-ms": precise, "retry-after": "7" }), now);
    expect(both("1500")).toBe(1_500);
    expect(both("0.5")).toBe(0.5);
    for (const odd of ["-1", "1e3", "", "1,2", "x"]) expect(both(odd)).toBe(7_000);
    expect(asked("1500", "retry-after-ms")).toBe(1_500);
  });

  it("is nothing when the server says nothing, or says it twice", () => {
    expect(parseRetryAfter(new Headers(), now)).toBeNull();
    const doubled = new Headers([
      ["retry-after", "5"],
      ["retry-after", "10"],
    ]);
    expect(parseRetryAfter(doubled, now)).toBeNull();
  });
});
