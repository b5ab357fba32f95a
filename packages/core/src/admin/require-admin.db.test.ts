import { createClient, type SupabaseClient } from "@supabase/supabase-js";
import { createTestStack, type TestStack, type TestUser } from "@vidops/local/testing";
import { HttpResponse, http } from "msw";
import { setupServer } from "msw/node";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { builtInErrors, errorResponseOf, isErrorCode } from "../errors/index.ts";
import { requireAdmin } from "./index.ts";
import { createSigner, type Signer } from "./testing/asymmetric-token.ts";

let stack: TestStack;
let admin: TestUser;
let user: TestUser;
let server: SupabaseClient;
const auth = setupServer();

beforeAll(async () => {
  stack = await createTestStack();
  admin = await stack.createUser({ email: "ops@example.com", isAdmin: true });
  user = await stack.createUser({ email: "ada@example.com" });
  server = serverOf(stack.secretKey);
  auth.listen({ onUnhandledFrame: "bypass" });
});
afterEach(() => {
  auth.resetHandlers();
  stack.faults.clear();
});
afterAll(async () => {
  auth.close();
  await stack[Symbol.asyncDispose]();
});

function serverOf(key: string, accessToken?: string): SupabaseClient {
  return createClient(stack.url, key, {
    auth: { persistSession: false, autoRefreshToken: false },
    ...(accessToken ? { global: { headers: { Authorization: `Bearer ${accessToken}` } } } : {}),
  });
}

/** The same client as before getClaims was there. */
function older(client: SupabaseClient) {
  return {
    rpc: client.rpc.bind(client),
    from: client.from.bind(client),
    auth: { getUser: client.auth.getUser.bind(client.auth) },
  };
}

function request(token?: string): Request {
  return new Request("https://app.example/admin", {
    method: "POST",
    headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
  });
}

async function signIn(account: TestUser): Promise<string> {
  const client = serverOf(stack.publishableKey);
  const { data, error } = await client.auth.signInWithPassword(account);
  if (error) throw error;
  return data.session.access_token;
}

async function refused(...args: Parameters<typeof requireAdmin>) {
  const error = await requireAdmin(...args).then(
    () => expect.unreachable("it was let through"),
    (thrown) => thrown,
  );
  if (!isErrorCode(error.code)) throw error;
  const response = errorResponseOf(builtInErrors, { code: error.code, language: "en" });
  return { status: response.status, code: error.code, reason: error.reason, body: await response.text() };
}

describe.each([
  ["a client of today", (client: SupabaseClient) => client],
  ["a client without getClaims", older],
])("requireAdmin with %s", (_, made) => {
  it("lets an admin through who signed in at Auth, and says who it is", async () => {
    await expect(requireAdmin(request(await signIn(admin)), made(server))).resolves.toEqual({
      admin: { id: admin.id, email: "ops@example.com", language: "en" },
    });
  });

  it("refuses a user who is no admin with 403", async () => {
    expect(await refused(request(await signIn(user)), made(server))).toMatchObject({
      status: 403,
      code: "ERR_4006",
      reason: "not_admin",
    });
  });

  it("refuses an admin who is banned with 403, also one who had signed in before", async () => {
    const banned = await stack.createUser({ isAdmin: true });
    const token = await signIn(banned);
    await stack.sql`update users set banned_at = now(), ban_reason = 'left' where id = ${banned.id}`;
    expect(await refused(request(token), made(server))).toMatchObject({
      status: 403,
      code: "ERR_4012",
      reason: "account_banned",
    });
  });

  it("refuses with 401 a request without a token, and tokens that are expired, foreign, changed or nobody's", async () => {
    const expired = await stack.signToken({ sub: admin.id, expiresIn: -60 });
    const good = await signIn(admin);
    const [head = "", , signature = ""] = good.split(".");
    const claims = btoa(JSON.stringify({ sub: admin.id, role: "authenticated", exp: 4_000_000_000 }));
    await using other = await createTestStack();
    const nobody = await stack.signToken({ sub: "00000000-0000-4000-8000-00000000dead" });
    for (const token of [
      undefined,
      expired,
      await other.signToken({ sub: admin.id }),
      `${head}.${claims.replaceAll("=", "")}.${signature}`,
      `${btoa('{"alg":"none"}').replaceAll("=", "")}.${claims.replaceAll("=", "")}.`,
      nobody,
      stack.anonKey,
      stack.serviceRoleKey,
      stack.secretKey,
      "null",
    ]) {
      const { status, code, body } = await refused(request(token), made(server));
      expect({ token, status, code }).toEqual({ token, status: 401, code: "ERR_4005" });
      expect(body).not.toMatch(/jwt|signature|session|row|users|postgres/i);
    }
  });

  it("refuses with 401 a token whose session was signed out", async () => {
    const token = await signIn(admin);
    const signedOut = await serverOf(stack.publishableKey).auth.admin.signOut(token, "local");
    expect(signedOut.error).toBeNull();
    expect(await refused(request(token), made(server))).toMatchObject({ status: 401, code: "ERR_4005" });
  });

  it("does not say 401 when Auth or the database cannot be reached, nor when the server's own key is refused", async () => {
    const token = await signIn(admin);
    stack.faults.next({ path: "/auth/v1/", kind: "cut-before-forward", times: 20 });
    expect(await refused(request(token), made(server))).toMatchObject({ status: 500, code: "ERR_6005" });
    stack.faults.clear();
    stack.faults.next({ path: "/rest/v1/", kind: "cut-before-forward", times: 20 });
    expect(await refused(request(token), made(server))).toMatchObject({ status: 500, code: "ERR_6005" });
    stack.faults.clear();
    const wrong = serverOf("sb_secret_0123456789abcdefghijkl_abcdef");
    expect(await refused(request(token), made(wrong))).toMatchObject({
      status: 500,
      code: "ERR_6003",
      reason: "invalid_key",
    });
    const publishable = serverOf(stack.publishableKey);
    expect(await refused(request(token), made(publishable))).toMatchObject({ status: 500, code: "ERR_6003" });
  });

  it("also works with a client that speaks with the caller's own token", async () => {
    const token = await signIn(admin);
    const own = serverOf(stack.publishableKey, token);
    expect((await requireAdmin(request(token), made(own))).admin.id).toBe(admin.id);
    const users = await signIn(user);
    expect(await refused(request(users), made(serverOf(stack.publishableKey, users)))).toMatchObject({
      code: "ERR_4006",
    });
  });
});

describe("requireAdmin where the project signs with asymmetric keys", () => {
  let signer: Signer;
  let asked: string[];

  beforeAll(async () => {
    signer = await createSigner();
  });

  function publishKeys(keys: readonly object[]): SupabaseClient {
    asked = [];
    auth.use(
      http.get(`${stack.url}/auth/v1/.well-known/jwks.json`, () => {
        asked.push("keys");
        return HttpResponse.json({ keys });
      }),
      http.get(`${stack.url}/auth/v1/user`, () => {
        asked.push("user");
        return HttpResponse.json({ code: 403, error_code: "bad_jwt", msg: "invalid JWT" }, { status: 403 });
      }),
    );
    return serverOf(stack.secretKey);
  }

  it("verifies the token itself: Auth is asked for its keys once, and for no user", async () => {
    const client = publishKeys([signer.publicKey]);
    for (let at = 0; at < 3; at += 1) {
      const token = await signer.sign({ sub: admin.id });
      expect((await requireAdmin(request(token), client)).admin.email).toBe("ops@example.com");
    }
    expect(asked).toEqual(["keys"]);
  });

  it("refuses an ordinary user, and an admin who is banned, from the next request on", async () => {
    const client = publishKeys([signer.publicKey]);
    expect(await refused(request(await signer.sign({ sub: user.id })), client)).toMatchObject({
      code: "ERR_4006",
    });
    const banned = await stack.createUser({ isAdmin: true });
    const token = await signer.sign({ sub: banned.id });
    await requireAdmin(request(token), client);
    await stack.sql`update users set banned_at = now() where id = ${banned.id}`;
    expect(await refused(request(token), client)).toMatchObject({ status: 403, code: "ERR_4012" });
  });

  it("refuses with 401 what is expired, has no end, is changed, or was signed by another key under the same name", async () => {
    const client = publishKeys([signer.publicKey]);
    const impostor = await createSigner(signer.publicKey.kid);
    const stranger = await createSigner("another");
    const good = await signer.sign({ sub: admin.id });
    for (const token of [
      await signer.sign({ sub: admin.id, exp: 1 }),
      await signer.sign({ sub: admin.id, exp: undefined }),
      `${good.slice(0, -6)}AAAAAA`,
      await impostor.sign({ sub: admin.id }),
      await stranger.sign({ sub: admin.id }),
      await signer.sign({ sub: admin.id }, { alg: "RS256" }),
      await signer.sign({ sub: admin.id }, { alg: "HS256" }),
      await signer.sign({ sub: admin.id }, { alg: "none" }),
      await signer.sign({ sub: admin.id }, { alg: undefined }),
      await signer.sign({ sub: undefined }),
      await signer.sign({ sub: "' or true --" }),
    ]) {
      expect(await refused(request(token), client)).toMatchObject({ status: 401, code: "ERR_4005" });
    }
  });

  it("does not say 401 when the keys cannot be had", async () => {
    const client = publishKeys([]);
    // A client remembers keys it had, so this one is unknown.
    const unknown = await createSigner();
    auth.use(http.get(`${stack.url}/auth/v1/.well-known/jwks.json`, () => HttpResponse.error()));
    expect(await refused(request(await unknown.sign({ sub: admin.id })), client)).toMatchObject({
      status: 500,
      code: "ERR_6005",
    });
  });
});
