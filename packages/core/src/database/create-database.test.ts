import { inspect } from "node:util";
import { createClient, type SupabaseClient } from "@supabase/supabase-js";
import { describe, expect, it, vi } from "vitest";
import * as z from "zod/mini";
import { createDatabase, type DatabaseClient, type DatabaseOptions, rpc } from "./index.ts";

const jwt = (role: string): string =>
  `${btoa('{"alg":"HS256"}')}.${btoa(JSON.stringify({ role }))}.c2ln`.replaceAll("=", "");
const url = "https://abc.supabase.co";
const anything = z.object({ success: z.literal(true) });

/** Calls a function through a client made with these options and gives back the request that was sent. */
async function requestOf(options: Partial<DatabaseOptions>): Promise<Request> {
  const fetch = vi.fn<typeof globalThis.fetch>(async () => Response.json({ success: true }));
  const db = createDatabase({ url, key: "sb_secret_abc", ...options, fetch });
  await rpc(db, "doctor_report", {}, anything, { effect: "read" });
  expect(fetch).toHaveBeenCalledTimes(1);
  const [input, init] = fetch.mock.calls[0] ?? [];
  return new Request(input ?? "", init);
}

describe("createDatabase", () => {
  it.each([
    ["sb_publishable_abc", null, null],
    ["sb_secret_abc", null, null],
    ["unknown-key", null, null],
    [jwt("anon"), null, `Bearer ${jwt("anon")}`],
    [jwt("service_role"), null, `Bearer ${jwt("service_role")}`],
    ["sb_publishable_abc", jwt("authenticated"), `Bearer ${jwt("authenticated")}`],
    [jwt("anon"), jwt("authenticated"), `Bearer ${jwt("authenticated")}`],
  ])("sends apikey %s and token %s as authorization %s", async (key, accessToken, authorization) => {
    const { headers } = await requestOf({ key, accessToken });
    expect(headers.get("apikey")).toBe(key);
    expect(headers.get("authorization")).toBe(authorization);
  });

  it.each([
    "https://abc.supabase.co",
    "https://abc.supabase.co/",
    "https://abc.supabase.co//",
    "https://abc.supabase.co/rest/v1/",
  ])("takes the URL %s", async (given) => {
    expect((await requestOf({ url: given })).url).toBe("https://abc.supabase.co/rest/v1/rpc/doctor_report");
  });

  it("trims keys, as a file with a line end gives them, and names the run", async () => {
    const { headers } = await requestOf({ key: " sb_secret_abc\n", runId: "run_1" });
    expect(headers.get("apikey")).toBe("sb_secret_abc");
    expect(headers.get("x-client-info")).toBe("vidops-core; run_id=run_1");
  });

  it("never follows a redirect, which would carry the key to another server", async () => {
    expect((await requestOf({})).redirect).toBe("manual");
  });

  it("does not show its key when it is printed or serialised", () => {
    const db = createDatabase({ url, key: "sb_secret_abc", accessToken: jwt("authenticated") });
    expect(inspect(db, { depth: 10, showHidden: true }) + JSON.stringify(db)).not.toMatch(/sb_secret|eyJ/);
    expect(db).toMatchObject({ url, keyKind: "secret", timeoutMs: 15_000, runId: null });
  });

  it.each([
    ["url", { url: "abc.supabase.co" }],
    ["url", { url: "" }],
    ["url", { url: "ftp://abc.supabase.co" }],
    ["url", { url: "https://user:pw@abc.supabase.co" }],
    ["url", { url: "https://supabase.com/dashboard/project/abc" }],
    ["key", { key: "" }],
    ["key", { key: "  " }],
    ["key", { key: undefined as never }],
    ["key", { key: "sb_secret_a b" }],
    ["key", { key: "clé" }],
    ["accessToken", { accessToken: "a\nb" }],
    ["runId", { runId: "a\r\nx: y" }],
    ["timeoutMs", { timeoutMs: 0 }],
    ["timeoutMs", { timeoutMs: 1.5 }],
    ["timeoutMs", { timeoutMs: 2 ** 31 }],
  ])("refuses a malformed %s without repeating it: %j", (field, options) => {
    const make = (): unknown => createDatabase({ url, key: "sb_secret_abc", ...options });
    expect(make).toThrow(expect.objectContaining({ code: "ERR_4008", details: { field } }));
    expect(make).toThrow(expect.not.objectContaining({ message: expect.stringContaining("pw") }));
  });
});

describe("DatabaseClient", () => {
  it("is what an app's own supabase-js client is, typed or not", async () => {
    interface AppTypes {
      public: {
        Tables: {
          notes: { Row: { id: number }; Insert: { id: number }; Update: { id: number }; Relationships: [] };
        };
        Views: { [name in never]: never };
        Functions: { f: { Args: { p: number }; Returns: number } };
      };
    }
    const fetch = vi.fn<typeof globalThis.fetch>(async () => Response.json({ success: true }));
    const untyped: SupabaseClient = createClient(url, "sb_secret_abc", { global: { fetch } });
    const typed: SupabaseClient<AppTypes> = createClient<AppTypes>(url, "sb_secret_abc", {
      global: { fetch },
    });
    const clients: DatabaseClient[] = [untyped, typed];
    for (const db of clients) {
      await expect(rpc(db, "doctor_report", {}, anything, { effect: "read" })).resolves.toEqual({
        success: true,
      });
    }
    expect(fetch).toHaveBeenCalledTimes(2);
  });
});
