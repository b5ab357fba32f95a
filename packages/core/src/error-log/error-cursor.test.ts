import { describe, expect, it } from "vitest";
import { decodeErrorCursor, encodeErrorCursor, type ListedErrors } from "./error-cursor.ts";

const query: ListedErrors = {
  code: "ERR_5001",
  endpoint: "/üç/😀",
  userId: null,
  language: null,
  fingerprint: null,
  requestId: null,
  since: "2026-11-01T00:00:00.000Z",
  until: null,
};
const place = { createdAt: "2026-11-25T09:24:18.094353+00:00", id: "900719925474099312" };

describe("an error cursor", () => {
  it("leads back to its place, and is safe in a URL and on a command line", () => {
    const cursor = encodeErrorCursor(query, place);
    expect(cursor).toMatch(/^[\w-]+$/);
    expect(decodeErrorCursor(cursor, query)).toEqual({ place, query });
  });

  it("keeps the times of its query, so that they need not be told again", () => {
    expect(decodeErrorCursor(encodeErrorCursor(query, place), { ...query, since: null })).toEqual({
      place,
      query,
    });
  });

  it.each<[string, Partial<ListedErrors>]>([
    ["code", { code: "ERR_5002" }],
    ["code", { code: null }],
    ["userId", { userId: "7d3c1a52-94a0-4b6e-8f0e-1d2c3b4a5968" }],
    ["since", { since: "2026-11-02T00:00:00.000Z" }],
    ["until", { until: "2026-11-02T00:00:00.000Z" }],
  ])("is refused for another %s", (filter, other) => {
    expect(() => decodeErrorCursor(encodeErrorCursor(query, place), { ...query, ...other })).toThrow(
      expect.objectContaining({
        code: "ERR_4008",
        message: `cursor belongs to a list with another ${filter}.`,
        hint: expect.any(String),
        details: { field: "cursor" },
      }),
    );
  });

  const forged = (value: unknown): string => btoa(JSON.stringify(value)).replace(/=+$/, "");
  const nulls = Array(8).fill(null);
  it.each([
    "",
    "not a cursor",
    "AAAA",
    "x".repeat(8_001),
    encodeErrorCursor(query, place).slice(0, -4),
    forged({}),
    forged([1, "7d3c1a52-94a0-4b6e-8f0e-1d2c3b4a5968", null, null, "1"]),
    forged(["errors1", nulls.slice(1), place.createdAt, "1"]),
    forged(["errors1", [...nulls.slice(2), "never", null], place.createdAt, "1"]),
    forged(["errors1", nulls, "' or true", "1"]),
    forged(["errors1", nulls, place.createdAt, 1]),
    forged(["errors1", nulls, place.createdAt, "1; drop"]),
    forged(["errors1", [{}, ...nulls.slice(1)], place.createdAt, "1"]),
  ])("is refused when damaged or forged: %s", (cursor) => {
    const none = { ...query, code: null, endpoint: null, since: null };
    expect(() => decodeErrorCursor(cursor, none)).toThrow(
      expect.objectContaining({ code: "ERR_4008", message: "cursor is damaged." }),
    );
  });

  it("holds the longest filters that are allowed", () => {
    const long = {
      ...query,
      endpoint: "😀".repeat(250),
      code: "ü".repeat(100),
      requestId: "ü".repeat(200),
      fingerprint: "ü".repeat(64),
    };
    expect(decodeErrorCursor(encodeErrorCursor(long, place), long)).toEqual({ place, query: long });
  });

  it("is no cursor of another version", () => {
    const text = atob(encodeErrorCursor(query, place).replaceAll("-", "+").replaceAll("_", "/"));
    const newer = btoa(text.replace("errors1", "errors2"))
      .replaceAll("+", "-")
      .replaceAll("/", "_")
      .replace(/=+$/, "");
    expect(() => decodeErrorCursor(newer, query)).toThrow("cursor is damaged");
  });
});
