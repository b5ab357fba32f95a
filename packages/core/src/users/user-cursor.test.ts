import { describe, expect, it, vi } from "vitest";
import { createDatabase, writeCursorText } from "../database/index.ts";
import { searchUsers } from "./index.ts";
import { decodeUserCursor, encodeUserCursor, type SearchedUsers } from "./user-cursor.ts";

const search: SearchedUsers = { text: "ömer", admin: null, banned: true, tier: null, guest: null };
const place = {
  createdAt: "2026-11-25T10:00:00.123456+00:00",
  id: "0b0e3f5a-5e1c-4b6b-9c1f-2a8d4f6e7a90",
};

describe("the cursor of a search for users", () => {
  it("comes back as it was, for the same search", () => {
    expect(decodeUserCursor(encodeUserCursor(search, place), search)).toEqual(place);
  });

  it.each(["text", "admin", "banned", "tier", "guest"] as const)(
    "is refused for a search with another %s",
    (name) => {
      const other = { ...search, [name]: search[name] === null ? "x" : null } as SearchedUsers;
      expect(() => decodeUserCursor(encodeUserCursor(search, place), other)).toThrow(`another ${name}`);
    },
  );

  it.each([
    "",
    "nonsense",
    writeCursorText(["limits1", [], place.createdAt, place.id]),
    writeCursorText(["users1", null, place.createdAt, place.id]),
    writeCursorText(["users1", [], "2026'; drop table users", place.id]),
    writeCursorText(["users1", [], place.createdAt, "1"]),
  ])("is refused when it is damaged: %j", (cursor) => {
    expect(() => decodeUserCursor(cursor, search)).toThrow("is damaged");
  });
});

describe("searchUsers", () => {
  it.each([
    [{ limit: 0 }],
    [{ limit: -1 }],
    [{ limit: 1001 }],
    [{ text: "x".repeat(321) }],
    [{ text: "a\0b" }],
    [{ text: "\ud800" }],
    [{ tier: "gold" as never }],
    [{ cursor: "nonsense" }],
  ])("refuses %j before anything is sent", async (query) => {
    const fetch = vi.fn<typeof globalThis.fetch>();
    const db = createDatabase({ url: "https://abc.supabase.co", key: "sb_secret_abc", fetch });
    await expect(searchUsers(db, query)).rejects.toMatchObject({ code: "ERR_4008" });
    expect(fetch).not.toHaveBeenCalled();
  });
});
