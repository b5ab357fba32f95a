import { createClient, type SupabaseClient } from "@supabase/supabase-js";
import { decodeJwt } from "jose";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createTestStack, type TestStack } from "../testing/index.ts";

let stack: TestStack;
beforeAll(async () => {
  stack = await createTestStack();
});
afterAll(() => stack[Symbol.asyncDispose]());

const newClient = (): SupabaseClient =>
  createClient(stack.url, stack.publishableKey, { auth: { persistSession: false, autoRefreshToken: false } });

describe("a guest", () => {
  it("signs in without saying who it is, and the Data API knows it by its token", async () => {
    const client = newClient();
    const { data, error } = await client.auth.signInAnonymously({ options: { data: { from: "test" } } });
    expect(error).toBeNull();
    expect(data.user).toMatchObject({ is_anonymous: true, user_metadata: { from: "test" } });
    const id = data.user?.id ?? "";
    expect(decodeJwt(data.session?.access_token ?? "")).toMatchObject({ sub: id, is_anonymous: true });
    await stack.sql`insert into public.users (id) values (${id})`;
    expect(await client.from("users").select("id")).toMatchObject({ data: [{ id }] });
    expect(await client.auth.getUser()).toMatchObject({ data: { user: { id, is_anonymous: true } } });
    expect(await client.auth.getClaims()).toMatchObject({
      data: { claims: { sub: id, is_anonymous: true } },
    });
  });

  it("stays the same guest when its session is refreshed, each token once", async () => {
    const client = newClient();
    const first = await client.auth.signInAnonymously();
    const second = await client.auth.refreshSession();
    expect(second.error).toBeNull();
    expect(second.data.user).toMatchObject({ id: first.data.user?.id, is_anonymous: true });
    expect(second.data.session?.refresh_token).not.toBe(first.data.session?.refresh_token);
    const claims = decodeJwt(second.data.session?.access_token ?? "");
    expect(claims).toMatchObject({ sub: first.data.user?.id, is_anonymous: true, role: "authenticated" });
    expect((await client.auth.refreshSession()).error).toBeNull();
  });

  it("becomes an account in place when its email is confirmed", async () => {
    const client = newClient();
    const { data } = await client.auth.signInAnonymously();
    const id = data.user?.id ?? "";
    const email = `guest-${id}@test.vidops.local`;
    stack.emails.length = 0;
    expect((await client.auth.updateUser({ email })).data.user).toMatchObject({ is_anonymous: true });
    const code = /\b\d{6}\b/.exec(stack.emails[0]?.text ?? "")?.[0] ?? "";
    const linked = await client.auth.verifyOtp({ email, token: code, type: "email_change" });
    expect(linked.error).toBeNull();
    expect(linked.data.user).toMatchObject({ id, email, is_anonymous: false });
    expect((await client.auth.updateUser({ password: "a password of its own" })).error).toBeNull();
    const again = await newClient().auth.signInWithPassword({ email, password: "a password of its own" });
    expect(again.data.user).toMatchObject({ id, is_anonymous: false });
    expect(decodeJwt(again.data.session?.access_token ?? "").is_anonymous).not.toBe(true);
    expect(await stack.sql`select is_anonymous from auth.users where id = ${id}`).toEqual([
      { is_anonymous: false },
    ]);
  });

  it("is not who signs up with an email, however that is answered", async () => {
    const client = newClient();
    expect((await client.auth.signUp({ email: "no-email", password: "long enough" })).error?.status).toBe(
      400,
    );
    const { data } = await client.auth.signUp({ email: "new@test.vidops.local", password: "long enough" });
    expect(data.user).toMatchObject({ email: "new@test.vidops.local", is_anonymous: false });
  });

  it("is signed up by an empty body, and by none that Auth cannot read or store", async () => {
    const headers = { apikey: stack.publishableKey, "content-type": "application/json" };
    const signUp = async (body: string) => {
      const response = await fetch(`${stack.url}/auth/v1/signup`, { method: "POST", headers, body });
      return [response.status, ((await response.json()) as { error_code?: string }).error_code ?? null];
    };
    const count = async () => (await stack.sql`select count(*)::int as n from auth.users`)[0]?.n as number;
    const before = await count();
    for (const body of ["", "{}", "null", `{"email":"","data":null}`])
      expect(await signUp(body)).toEqual([200, null]);
    for (const body of ["[]", "{", "0", `{"email":0}`, `{"phone":[]}`, `{"data":"x"}`, `{"data":[]}`])
      expect([body, await signUp(body)]).toEqual([body, [400, "bad_json"]]);
    expect(await signUp(String.raw`{"data":{"a":"\u0000"}}`)).toEqual([500, "unexpected_failure"]);
    expect(await count()).toBe(before + 4);
  });
});
