import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { createClient } from "@supabase/supabase-js";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import * as z from "zod/mini";
import { createDatabase, type DatabaseClient, type Effect, rpc } from "./index.ts";

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

const key = "sb_secret_do_not_show";
const charged = z.object({ success: z.literal(true), credits_remaining: z.int() });

let server: Server;
let url: string;
let handler: Handler;
let received: number;

beforeEach(async () => {
  received = 0;
  server = createServer((request, response) => {
    received += 1;
    request.resume().on("end", () => handler(request, response));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

function answer(status: number, body: string, headers: Record<string, string> = {}): Handler {
  return (_request, response) => void response.writeHead(status, headers).end(body);
}
const page = "<!doctype html><h1>secret page</h1>";
const json = (status: number, body: unknown): Handler => answer(status, JSON.stringify(body));
const postgrest = (status: number, code: string, message: string): Handler =>
  json(status, { code, message, details: null, hint: null });

/** Each way a request can fail, with what it means for a write and for a read: the code, the reason, retryable. */
type Verdict = readonly [code: string, reason: string, retryable: boolean];
const same = (verdict: Verdict): { write: Verdict; read: Verdict } => ({ write: verdict, read: verdict });
const lost = (reason: string): { write: Verdict; read: Verdict } => ({
  write: ["ERR_6006", reason, false],
  read: ["ERR_6005", reason, true],
});
const notSupabase = same(["ERR_6007", "not_supabase", false]);

const failures: Record<string, [Handler | "stopped server", { write: Verdict; read: Verdict }]> = {
  "a refused connection": ["stopped server", same(["ERR_6005", "connection_refused", true])],
  "no headers in time": [() => {}, lost("timeout")],
  "a body that hangs": [
    (_request, response) => void response.writeHead(200).write('{"success":true,'),
    lost("timeout"),
  ],
  "a cut before the headers": [(request) => void request.socket.destroy(), lost("connection_lost")],
  "a cut in the body": [
    (request, response) => {
      response.writeHead(200, { "content-length": "999" });
      response.write('{"success":true', () => request.socket.destroy());
    },
    lost("connection_lost"),
  ],
  "an HTML 502 in front": [answer(502, page), lost("bad_gateway")],
  "a 503 that says when to come back": [answer(503, "{}", { "retry-after": "0" }), lost("bad_gateway")],
  "HTML with status 200": [answer(200, page), notSupabase],
  "JSON of another API": [json(200, { hello: "world" }), notSupabase],
  "an empty 200": [answer(200, ""), notSupabase],
  "an HTML 404": [answer(404, page), notSupabase],
  "an empty 404": [answer(404, ""), notSupabase],
  "a list with 404": [answer(404, "[]"), notSupabase],
  "a redirect to a login page": [answer(302, page, { location: "/login" }), notSupabase],
  "a redirect that keeps the method": [answer(307, "", { location: "/elsewhere" }), notSupabase],
  "the gateway's 401": [json(401, { message: "Invalid API key" }), same(["ERR_4005", "invalid_key", false])],
  "an expired token": [postgrest(401, "PGRST303", "JWT expired"), same(["ERR_4005", "token_expired", false])],
  "a statement cut off": [postgrest(503, "57P01", "terminating connection"), lost("connection_lost")],
  "a missing function": [
    postgrest(404, "PGRST202", "no function"),
    same(["ERR_6004", "schema_outdated", false]),
  ],
};

function deduct(db: DatabaseClient, effect: Effect): Promise<unknown> {
  const args = { p_user_id: "0b0e3f5a-5e1c-4b6b-9c1f-2a8d4f6e7a90", p_amount: 4 };
  return rpc(db, "deduct_credits", args, charged, { effect });
}

describe.each(Object.entries(failures))("a request that meets %s", (title, [peer, verdicts]) => {
  it.each(["write", "read"] as const)("is sent once, and says what is known of a %s", async (effect) => {
    if (peer === "stopped server") server.close();
    else handler = peer;
    const clients: DatabaseClient[] = [createDatabase({ url, key, timeoutMs: 100 })];
    // An app's own client must lead to the same verdicts; redirects are for it to follow.
    if (!title.includes("redirect")) clients.push(Object.assign(createClient(url, key), { timeoutMs: 100 }));
    for (const db of clients) {
      received = 0;
      const error = (await deduct(db, effect).catch((reason: unknown) => reason)) as Record<string, unknown>;
      expect([error.code, error.reason, error.retryable]).toEqual(verdicts[effect]);
      expect(received).toBe(peer === "stopped server" ? 0 : 1);
      expect(`${error.message} ${error.hint}`).not.toContain("secret");
      expect(JSON.stringify(error)).not.toContain("do_not_show");
    }
  });
});

describe("a credential that is not accepted", () => {
  it("is named, with what its owner can do", async () => {
    handler = postgrest(401, "PGRST301", "JWT cryptographic operation failed");
    const credential = { name: "your login (ada@example.com)", renewal: "Sign in again: vidops login" };
    const db = createDatabase({ url, key, credential });
    await expect(rpc(db, "charge" as never, {} as never, charged, { effect: "write" })).rejects.toMatchObject(
      {
        code: "ERR_4005",
        reason: "invalid_key",
        message: "The project does not accept your login (ada@example.com).",
        hint: "Sign in again: vidops login",
      },
    );
  });
});

describe("a request whose time is up", () => {
  it("leaves no open socket", async () => {
    const closed = new Promise<void>((resolve) => {
      handler = (request) => void request.socket.on("close", () => resolve());
    });
    await expect(deduct(createDatabase({ url, key, timeoutMs: 50 }), "write")).rejects.toThrow();
    await closed;
  });
});
