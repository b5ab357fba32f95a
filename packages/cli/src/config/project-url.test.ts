import { describe, expect, it } from "vitest";
import { normalizeProjectUrl } from "./project-url.ts";

describe("normalizeProjectUrl", () => {
  it.each([
    ["https://abc.supabase.co", "https://abc.supabase.co"],
    [" https://abc.supabase.co// ", "https://abc.supabase.co"],
    ["https://abc.supabase.co/rest/v1/", "https://abc.supabase.co"],
    ["http://localhost:54321/", "http://localhost:54321"],
    ["http://127.0.0.1:54321", "http://127.0.0.1:54321"],
    ["http://[::1]:54321", "http://[::1]:54321"],
  ])("takes %s", (text, url) => {
    expect(normalizeProjectUrl(text, "--url")).toBe(url);
  });

  it.each([
    ["postgresql://postgres:secret@db.abc.supabase.co:5432/postgres", /database URL/],
    ["http://abc.supabase.co", /https/],
    ["http://127.0.0.1.evil.example", /https/],
    ["http://10.0.0.1", /https/],
    ["https://user:password@abc.supabase.co", /password/],
    ["https://supabase.com/dashboard/project/abcdefgh/settings", /dashboard/],
    ["https://abc.supabase.co/other", /address alone/],
    ["https://abc.supabase.co?x=1", /address alone/],
    ["abc.supabase.co", /not a URL/],
    ["ftp://abc.supabase.co", /not a URL/],
    ["", /not a URL/],
  ])("refuses %s", (text, message) => {
    expect(() => normalizeProjectUrl(text, "--url")).toThrow(message);
  });

  it("does not repeat a password in its message", () => {
    expect(() => normalizeProjectUrl("postgresql://postgres:hunter2@db.example/postgres", "--url")).toThrow(
      /^(?!.*hunter2)/,
    );
  });
});
