import { describe, expect, it, vi } from "vitest";
import { createDatabase } from "../database/index.ts";
import { findUser } from "./index.ts";

describe("findUser", () => {
  it.each([
    "",
    " ",
    "ada",
    "@",
    "a b@c",
    "a@b@c",
    "a\0@b",
    `${"a".repeat(320)}@b`,
    "0b0e3f5a",
    null as never,
  ])("refuses %j before anything is sent", async (name) => {
    const fetch = vi.fn<typeof globalThis.fetch>();
    const db = createDatabase({ url: "https://abc.supabase.co", key: "sb_secret_abc", fetch });
    await expect(findUser(db, name)).rejects.toMatchObject({ code: "ERR_4008", details: { field: "user" } });
    expect(fetch).not.toHaveBeenCalled();
  });
});
