import { createTestStack, type TestStack, type TestUser } from "@vidops/local/testing";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { books, lastAction, signedIn, walkChain, withSecretKey } from "./acting.ts";

let stack: TestStack;
let admin: TestUser;

beforeAll(async () => {
  stack = await createTestStack();
  admin = await stack.createUser({ isAdmin: true });
});
beforeEach(async () => {
  await stack.sql`truncate public.rate_limit_log`;
  await stack.sql`
    insert into public.rate_limit_log (ip_address, action, created_at)
    select '203.0.113.9', 'x', now() - interval '30 days' from generate_series(1, 25)`;
});
afterAll(async () => {
  expect(await walkChain(stack.sql)).toMatchObject({ broken: [], headFits: true });
  await stack[Symbol.asyncDispose]();
});

const cleanup = "cleanup_rate_limit_logs";

describe("a cleanup in the audit", () => {
  it("is nobody's when a schedule runs it with the secret key, one row for each batch that deleted anything", async () => {
    const speak = withSecretKey(stack, null);
    const before = await walkChain(stack.sql);
    for (const [deleted, more] of [
      [20, true],
      [5, false],
    ]) {
      const answer = await speak(cleanup, { p_batch_size: 20, p_run_id: "nightly" });
      expect(answer).toMatchObject({ success: true, deleted, more, action_id: expect.any(Number) });
      expect(await lastAction(stack.sql)).toMatchObject({
        ...{ id: String(answer.action_id), action_type: "cleanup", admin_user_id: null, reason: "retention" },
        ...{ run_id: "nightly", details: { target: "rate_limit_log", deleted, cutoff: expect.any(String) } },
      });
    }
    expect(await speak(cleanup)).toMatchObject({ deleted: 0, action_id: null });
    expect((await walkChain(stack.sql)).rows).toBe(before.rows + 2);
  });

  it("is the admin's who is signed in, or whom the key names, with reason and ticket", async () => {
    for (const speak of [signedIn(stack, admin), withSecretKey(stack, admin)]) {
      await speak(cleanup, { p_batch_size: 10, p_reason: "disk is full", p_ticket: "OPS-1" });
      expect(await lastAction(stack.sql)).toMatchObject({
        ...{ action_type: "cleanup", admin_user_id: admin.id, reason: "disk is full", ticket: "OPS-1" },
      });
    }
  });

  it("writes nothing on a dry run, for a user, or with a blank reason or a long ticket", async () => {
    const user = await stack.createUser();
    const before = await books(stack.sql);
    expect(await withSecretKey(stack, null)(cleanup, { p_dry_run: true })).toMatchObject({
      would_delete: 25,
    });
    expect(await signedIn(stack, user)(cleanup)).toMatchObject({ code: "42501" });
    expect(await withSecretKey(stack, user)(cleanup)).toMatchObject({ code: "42501" });
    for (const bad of [{ p_reason: " " }, { p_ticket: "x".repeat(101) }, { p_run_id: "x".repeat(101) }]) {
      expect(await withSecretKey(stack, null)(cleanup, bad)).toMatchObject({ code: "22023" });
      expect(await signedIn(stack, admin)(cleanup, bad)).toMatchObject({ code: "22023" });
    }
    const [left] = await stack.sql`select count(*)::int as n from public.rate_limit_log`;
    expect(left).toEqual({ n: 25 });
    expect(await books(stack.sql)).toEqual(before);
  });
});
