import { describe, expect, it } from "vitest";
import { decodeCursor, encodeCursor } from "./history-cursor.ts";

const userId = "7d3c1a52-94a0-4b6e-8f0e-1d2c3b4a5968";
const since = "2026-11-01T00:00:00.000Z";
const place = { userId, since, until: null, after: "9007199254740993" };

describe("a history cursor", () => {
  it("leads back to its place, and is safe in a URL and on a command line", () => {
    const cursor = encodeCursor(place);
    expect(cursor).toMatch(/^[A-Za-z0-9_-]+$/);
    expect(decodeCursor(cursor, { userId, since, until: null })).toEqual(place);
  });

  it("keeps the times of its query, so that they need not be told again", () => {
    expect(decodeCursor(encodeCursor(place), { userId, since: null, until: null })).toEqual(place);
  });

  it.each([
    ["another user's history", { userId: "00000000-0000-4000-8000-000000000000", since, until: null }],
    ["another since", { userId, since: "2026-11-02T00:00:00.000Z", until: null }],
    ["another until", { userId, since, until: since }],
  ])("is refused for %s", (words, query) => {
    expect(() => decodeCursor(encodeCursor(place), query)).toThrow(
      expect.objectContaining({
        code: "ERR_4008",
        message: expect.stringContaining(words),
        hint: expect.any(String),
        details: { field: "cursor" },
      }),
    );
  });

  const forged = (value: unknown): string => btoa(JSON.stringify(value)).replace(/=+$/, "");
  it.each([
    "",
    "not a cursor",
    "AAAA",
    "x".repeat(501),
    encodeCursor(place).slice(0, -4),
    forged({}),
    forged([2, userId, null, null, "1"]),
    forged([1, userId, "never", null, "1"]),
    forged([1, userId, null, null, "1,user_id.eq.other"]),
    forged([1, userId, null, null, 1]),
  ])("is refused when damaged or forged: %s", (cursor) => {
    expect(() => decodeCursor(cursor, { userId, since: null, until: null })).toThrow(
      expect.objectContaining({ code: "ERR_4008", message: "cursor is damaged." }),
    );
  });
});
