import { createClient } from "@supabase/supabase-js";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createTestStack, type TestStack } from "../testing/index.ts";

let stack: TestStack;
beforeAll(async () => {
  stack = await createTestStack({ migrations: false });
  await stack.sql`create table notes (id int primary key, body text)`;
  await stack.sql`grant all on notes to service_role`;
  await stack.sql`grant select on notes to anon`;
  await stack.sql`create function whoami() returns jsonb language sql stable as
    $$ select jsonb_build_object('uid', auth.uid(), 'role', auth.role(), 'db', current_user, 'email', auth.jwt() ->> 'email') $$`;
  await stack.reloadSchema();
});
afterAll(() => stack[Symbol.asyncDispose]());
beforeEach(async () => {
  stack.requests.length = 0;
  stack.faults.clear();
  await stack.sql`truncate notes`;
});

async function get(
  path: string,
  headers: Record<string, string> = {},
): Promise<{ status: number; body: unknown }> {
  const response = await fetch(`${stack.url}${path}`, { headers });
  return { status: response.status, body: await response.json() };
}

function insert(id: number): Promise<Response> {
  return fetch(`${stack.url}/rest/v1/notes`, {
    method: "POST",
    headers: { apikey: stack.secretKey, "content-type": "application/json" },
    body: JSON.stringify({ id }),
  });
}

describe("keys at the gateway", () => {
  it("gives each key its role", async () => {
    for (const [apikey, role] of [
      [stack.publishableKey, "anon"],
      [stack.anonKey, "anon"],
      [stack.secretKey, "service_role"],
      [stack.serviceRoleKey, "service_role"],
    ] as const) {
      expect((await get("/rest/v1/rpc/whoami", { apikey })).body).toEqual({
        uid: null,
        role,
        db: role,
        email: null,
      });
    }
  });

  it("lets a user's token say who asks", async () => {
    const user = await stack.createUser();
    const headers = { apikey: stack.publishableKey, authorization: `Bearer ${user.accessToken}` };
    const expected = { uid: user.id, role: "authenticated", db: "authenticated", email: user.email };
    expect((await get("/rest/v1/rpc/whoami", headers)).body).toEqual(expected);
  });

  it("takes the key from the query as well, which PostgREST does not see", async () => {
    await insert(1);
    expect(await get(`/rest/v1/notes?apikey=${stack.publishableKey}&select=id`)).toEqual({
      status: 200,
      body: [{ id: 1 }],
    });
  });

  it("refuses a missing and a wrong key as hosted Supabase does", async () => {
    expect(await get("/rest/v1/notes")).toMatchObject({
      status: 401,
      body: { message: "No API key found in request" },
    });
    expect(await get("/auth/v1/user")).toMatchObject({
      status: 401,
      body: { message: "No API key found in request" },
    });
    const other = await createTestStack({ migrations: false });
    const wrong = await get("/rest/v1/notes", { apikey: other.secretKey });
    await other[Symbol.asyncDispose]();
    expect(wrong).toMatchObject({ status: 401, body: { message: "Invalid API key" } });
  });

  it("leaves an expired token for PostgREST to refuse", async () => {
    const token = await stack.signToken({ sub: crypto.randomUUID(), expiresIn: -60 });
    const answer = await get("/rest/v1/notes", {
      apikey: stack.publishableKey,
      authorization: `Bearer ${token}`,
    });
    expect(answer).toMatchObject({ status: 401, body: { message: "JWT expired" } });
  });
});

describe("paths at the gateway", () => {
  it.each(["/functions/v1/hello", "/realtime/v1/websocket", "/graphql/v1"])(
    "says that %s is not served here",
    async (path) => {
      expect(await get(path)).toMatchObject({ status: 501, body: { code: "NOT_IMPLEMENTED" } });
    },
  );

  it("answers 404 where no service is", async () => {
    expect(await get("/nowhere")).toEqual({
      status: 404,
      body: { message: "no Route matched with those values" },
    });
    expect((await get("/rest/v10")).status).toBe(404);
  });

  it("answers a browser's preflight without a key", async () => {
    const response = await fetch(`${stack.url}/rest/v1/notes`, {
      method: "OPTIONS",
      headers: { origin: "http://app", "access-control-request-headers": "apikey" },
    });
    expect(response.status).toBe(204);
    expect(response.headers.get("access-control-allow-headers")).toBe("apikey");
  });

  it("carries a body of some megabytes both ways", async () => {
    const body = "x".repeat(3_000_000);
    const client = createClient(stack.url, stack.secretKey);
    const { data, error } = await client.from("notes").insert({ id: 1, body }).select("body").single();
    expect(error).toBeNull();
    expect(data?.body).toBe(body);
  });
});

describe("what a test can see and break", () => {
  it("lists each request with its answer's status", async () => {
    await insert(1);
    await insert(1);
    await get("/rest/v1/notes?select=id");
    expect(stack.requests).toEqual([
      { method: "POST", path: "/rest/v1/notes", search: "", status: 201 },
      { method: "POST", path: "/rest/v1/notes", search: "", status: 409 },
      { method: "GET", path: "/rest/v1/notes", search: "?select=id", status: 401 },
    ]);
  });

  it("cuts the answer after the write is done", async () => {
    stack.faults.next({ path: "/rest/v1/notes", kind: "cut-after-forward" });
    await expect(insert(1)).rejects.toThrow();
    expect(await stack.sql`select id from notes`).toEqual([{ id: 1 }]);
    expect(stack.requests.map((request) => request.status)).toEqual([null]);
    expect((await insert(2)).status).toBe(201);
  });

  it("cuts before the write, so nothing is written", async () => {
    stack.faults.next({ path: "/rest/v1/notes", kind: "cut-before-forward" });
    await expect(insert(1)).rejects.toThrow();
    expect(await stack.sql`select id from notes`).toEqual([]);
  });

  it("hangs until the caller gives up, and writes nothing", async () => {
    stack.faults.next({ path: "/rest/v1/", kind: "hang" });
    const call = fetch(`${stack.url}/rest/v1/notes`, {
      headers: { apikey: stack.secretKey },
      signal: AbortSignal.timeout(200),
    });
    await expect(call).rejects.toThrow(/timeout/);
  });

  it("answers a proxy's error page as often as asked, elsewhere never", async () => {
    stack.faults.next({ path: "/rest/v1/rpc/", kind: "502-html", times: 2 });
    expect((await insert(1)).status).toBe(201);
    const call = (): Promise<Response> =>
      fetch(`${stack.url}/rest/v1/rpc/whoami`, { headers: { apikey: stack.secretKey } });
    expect([(await call()).status, (await call()).status, (await call()).status]).toEqual([502, 502, 200]);
  });
});
