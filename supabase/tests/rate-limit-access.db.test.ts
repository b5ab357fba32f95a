import { createTestStack, type TestStack, type TestUser } from "@vidops/local/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

let stack: TestStack;
let admin: TestUser;
let free: TestUser;
beforeAll(async () => {
  stack = await createTestStack();
  admin = await stack.createUser({ isAdmin: true });
  free = await stack.createUser();
});
afterAll(() => stack[Symbol.asyncDispose]());

const ip = "203.0.113.7";

async function call(
  name: string,
  key: string,
  args: Record<string, unknown>,
): Promise<{ status: number; code?: string }> {
  const response = await fetch(`${stack.url}/rest/v1/rpc/${name}`, {
    method: "POST",
    headers: {
      apikey: stack.publishableKey,
      authorization: `Bearer ${key}`,
      "content-type": "application/json",
    },
    body: JSON.stringify(args),
  });
  const body = await response.json();
  return { status: response.status, code: body?.code };
}

describe("over the Data API", () => {
  const rule = {
    p_action: "api",
    p_per: "ip",
    p_tier: "any",
    p_window_seconds: 60,
    p_max_requests: 5,
    p_reason: "r",
  };
  const limits = [{ name: "x", per: "ip", max_requests: 5, window_seconds: 60 }];

  it.each([
    ["check_rate_limit", { p_ip: ip, p_action: "api", p_max: 5, p_window_seconds: 60 }],
    ["check_rate_limits", { p_action: "api", p_ip: ip, p_limits: limits }],
    ["commit_rate_limit", { p_reservation: "00000000-0000-4000-8000-00000000dead" }],
    ["release_rate_limit", { p_reservation: "00000000-0000-4000-8000-00000000dead" }],
    ["forget_rate_limits", { p_action: "api", p_ip: ip, p_limits: limits }],
  ])("%s is for servers alone", async (name, args) => {
    for (const key of [stack.anonKey, free.accessToken, admin.accessToken]) {
      expect(await call(name, key, args)).toMatchObject({ code: "42501" });
    }
    expect(await call(name, stack.serviceRoleKey, args)).toMatchObject({ status: 200 });
  });

  it.each([
    ["set_rate_limit_rule", rule],
    ["reset_rate_limits", { p_action: "api", p_per: "ip", p_subject: ip, p_reason: "r" }],
    ["peek_rate_limits", { p_action: "api", p_ip: ip }],
  ])("%s is for admins and servers", async (name, args) => {
    for (const key of [stack.anonKey, free.accessToken])
      expect(await call(name, key, args)).toMatchObject({ code: "42501" });
    expect(await call(name, admin.accessToken, args)).toMatchObject({ status: 200 });
    // Nobody acts in another's name, and a server says who acts.
    if (name === "peek_rate_limits") return;
    expect(await call(name, admin.accessToken, { ...args, p_admin_user_id: free.id })).toMatchObject({
      code: "42501",
    });
    expect(await call(name, stack.serviceRoleKey, args)).toMatchObject({ code: "42501" });
    expect(await call(name, stack.serviceRoleKey, { ...args, p_admin_user_id: free.id })).toMatchObject({
      code: "42501",
    });
    expect(await call(name, stack.serviceRoleKey, { ...args, p_admin_user_id: admin.id })).toMatchObject({
      status: 200,
    });
  });

  it("rules are read by admins and servers, and written by nobody", async () => {
    const table = `${stack.url}/rest/v1/rate_limit_rules`;
    for (const [key, rows] of [
      [free.accessToken, false],
      [admin.accessToken, true],
      [stack.serviceRoleKey, true],
    ] as const) {
      const headers = {
        apikey: stack.publishableKey,
        authorization: `Bearer ${key}`,
        "content-type": "application/json",
      };
      const read = await (await fetch(table, { headers })).json();
      expect(read.length > 0).toBe(rows);
      for (const method of ["POST", "PATCH", "DELETE"]) {
        const body = JSON.stringify({
          action: "api",
          per: "ip",
          tier: "any",
          window_seconds: 5,
          max_requests: 5,
        });
        const answer = await fetch(`${table}?action=neq.x`, {
          method,
          headers,
          ...(method === "DELETE" ? {} : { body }),
        });
        expect([method, (await answer.json()).code]).toEqual([method, "42501"]);
      }
    }
    const anon = { apikey: stack.publishableKey, authorization: `Bearer ${stack.anonKey}` };
    expect(await (await fetch(table, { headers: anon })).json()).toMatchObject({ code: "42501" });
  });
});
