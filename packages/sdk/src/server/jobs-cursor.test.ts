import { writeCursorText } from "@vidops/core/database";
import { describe, expect, it } from "vitest";
import { decodeJobsCursor, encodeJobsCursor } from "./jobs-cursor.ts";

const list = { userId: "7d3c1a52-94a0-4b6e-8f0e-1d2c3b4a5968", status: null };
const place = {
  createdAt: "2026-11-25T18:00:00.123456+00:00",
  jobId: "0b8e6a4e-3c5f-4c55-9d5b-5f1f2a3b4c5d",
};

describe("a cursor of jobs", () => {
  it("leads back to its place, to the microsecond", () => {
    expect(decodeJobsCursor(encodeJobsCursor(list, place), list)).toEqual(place);
  });

  it.each<[string, string]>([
    ["empty", ""],
    ["a word", "next"],
    ["cut", encodeJobsCursor(list, place).slice(0, -4)],
    ["of another user", encodeJobsCursor({ ...list, userId: place.jobId }, place)],
    ["of another list", encodeJobsCursor({ ...list, status: "failed" }, place)],
    ["of another kind", writeCursorText(["limits1", list.userId, null, place.createdAt, place.jobId])],
    ["of no job", writeCursorText(["jobs1", list.userId, null, place.createdAt, "1 or true"])],
    ["of no time", writeCursorText(["jobs1", list.userId, null, "now'", place.jobId])],
    ["an object", writeCursorText({ userId: list.userId })],
    ["very long", "A".repeat(100_000)],
  ])("is refused in the same words when it is %s", (_, cursor) => {
    expect(() => decodeJobsCursor(cursor, list)).toThrow("cursor is damaged, or of another list.");
  });
});
