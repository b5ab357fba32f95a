import { createTestStack, type TestStack, type TestUser } from "@vidops/local/testing";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  type Answer,
  balanceOf,
  books,
  lastAction,
  type Speaker,
  signedIn,
  walkChain,
  withSecretKey,
} from "./acting.ts";
import { atOnce } from "./rate-limit-calls.ts";

let stack: TestStack;
let admin: TestUser;
let second: TestUser;
let user: TestUser;
let requester: Speaker;
let approver: Speaker;
let request: Answer;

beforeEach(async () => {
  stack = await createTestStack();
  admin = await stack.createUser({ isAdmin: true });
  second = await stack.createUser({ isAdmin: true });
  user = await stack.createUser({ credits: 10 });
  requester = signedIn(stack, admin);
  approver = signedIn(stack, second);
  await requester("set_approval_threshold", { p_name: "act_credits", p_credits: 100, p_reason });
  request = await adjust({ p_change: 101, p_idempotency_key: "k-1" });
});
afterEach(async () => {
  expect(await walkChain(stack.sql)).toMatchObject({ broken: [], headFits: true });
  await stack[Symbol.asyncDispose]();
});

const p_reason = "because";
const adjust = (more: Answer) => requester("admin_adjust_credits", { p_user_id: user.id, p_reason, ...more });
const approve = (speak: Speaker, more: Answer = {}) =>
  speak("approve_admin_request", {
    p_approval_id: request.approval_id,
    p_payload_hash: request.payload_hash,
    ...more,
  });
const reject = (speak: Speaker, more: Answer = {}) =>
  speak("reject_admin_request", { p_approval_id: request.approval_id, p_reason: "too much", ...more });

/** Expects that nothing is written, whatever is answered. */
async function refused(answer: () => Promise<Answer>, expected: Answer): Promise<void> {
  const before = await books(stack.sql);
  expect(await answer()).toMatchObject(expected);
  expect(await books(stack.sql)).toEqual(before);
}

describe("a request", () => {
  it("is not approved by who made it, nor by a key in whoever's name, nor by who is no admin", async () => {
    await refused(() => approve(requester), { success: false, error: "own_request", code: "ERR_4009" });
    await refused(() => approve(withSecretKey(stack, second)), { code: "42501" });
    await refused(() => approve(withSecretKey(stack, null)), { code: "42501" });
    await refused(() => approve(signedIn(stack, user)), { code: "42501" });
    await refused(() => approve(approver, { p_admin_user_id: admin.id }), { code: "42501" });
    // To look at it with a key is allowed.
    await refused(() => approve(withSecretKey(stack, second), { p_dry_run: true }), { success: true });
  });

  it("that there is not, or another hash, is refused", async () => {
    await refused(() => approve(approver, { p_approval_id: 999 }), {
      error: "approval_not_found",
      code: "ERR_4007",
    });
    await refused(() => reject(approver, { p_approval_id: 999 }), { error: "approval_not_found" });
    await refused(() => approve(approver, { p_payload_hash: "0".repeat(64) }), { error: "payload_changed" });
    await refused(() => approve(approver, { p_payload_hash: null }), { code: "22023" });
  });

  it("is executed once, though sixteen approve at once", async () => {
    const third = signedIn(stack, await stack.createUser({ isAdmin: true }));
    const answers = await atOnce(16, (at) => approve(at % 2 === 0 ? approver : third));
    expect(answers.filter(({ success }) => success === true)).toHaveLength(1);
    const [done] = answers.filter(({ success }) => success === true);
    for (const late of answers.filter(({ success }) => success !== true)) {
      expect(late).toMatchObject({
        error: "approval_settled",
        status: "executed",
        action_id: done?.action_id,
      });
    }
    expect(await balanceOf(stack.sql, user.id)).toBe(111);
    await refused(() => reject(approver), { error: "approval_settled", status: "executed" });
  });

  it("ends one way when it is approved and rejected at once", async () => {
    const [approved, rejected] = await Promise.all([approve(approver), reject(requester)]);
    expect([approved?.success, rejected?.success].filter((success) => success === true)).toHaveLength(1);
    expect(await balanceOf(stack.sql, user.id)).toBe(approved?.success === true ? 111 : 10);
  });

  it("may be withdrawn by who made it, and then is refused under its key and not made again", async () => {
    expect(await reject(requester, { p_dry_run: true })).toMatchObject({ success: true, action_id: null });
    expect(await reject(requester)).toMatchObject({
      success: true,
      status: "rejected",
      requested_by: admin.id,
    });
    expect(await lastAction(stack.sql)).toMatchObject({
      ...{
        action_type: "approval_reject",
        admin_user_id: admin.id,
        reason: "too much",
        approval_id: String(request.approval_id),
      },
    });
    await refused(() => approve(approver), { error: "approval_settled", status: "rejected" });
    await refused(() => reject(approver), { error: "approval_settled" });
    await refused(() => adjust({ p_change: 101, p_idempotency_key: "k-1" }), {
      ...{
        error: "approval_rejected",
        code: "ERR_4009",
        approval_id: request.approval_id,
        decision_reason: "too much",
      },
    });
    // Asked for anew, it is a new request.
    const again = await adjust({ p_change: 101, p_idempotency_key: "k-2" });
    expect(again.approval_id).not.toBe(request.approval_id);
  });

  it("holds its key against any other request while it waits, after it was done, and after it was rejected", async () => {
    const reused = { success: false, error: "idempotency_key_reused", code: "ERR_4010" };
    await refused(() => adjust({ p_change: 102, p_idempotency_key: "k-1" }), reused);
    await approve(approver);
    await refused(() => adjust({ p_change: 102, p_idempotency_key: "k-1" }), reused);
    await refused(() => adjust({ p_change: 101, p_idempotency_key: "k-1" }), {
      success: true,
      replayed: true,
    });
    request = await adjust({ p_change: 103, p_idempotency_key: "k-3" });
    await reject(approver);
    await refused(() => adjust({ p_change: 104, p_idempotency_key: "k-3" }), reused);
  });

  it("holds its key also against acts that need no approval", async () => {
    await refused(() => adjust({ p_change: 1, p_idempotency_key: "k-1" }), {
      success: false,
      error: "idempotency_key_reused",
    });
    await reject(approver);
    await refused(() => adjust({ p_change: 1, p_idempotency_key: "k-1" }), {
      success: false,
      error: "idempotency_key_reused",
    });
  });

  it("expires: it is neither approved nor rejected then, and asking again makes a new one under the same key", async () => {
    const [short] = await stack.sql`
      with late as (update public.admin_approvals set expires_at = clock_timestamp() where id = ${String(request.approval_id)} returning id)
      select id from late`;
    expect(short).toBeDefined();
    await refused(() => approve(approver), { error: "approval_expired", code: "ERR_4009" });
    await refused(() => reject(approver), { error: "approval_expired" });
    const again = await adjust({ p_change: 101, p_idempotency_key: "k-1" });
    expect(again.error).toBe("approval_required");
    expect(again.approval_id).not.toBe(request.approval_id);
    expect(again.payload_hash).toBe(request.payload_hash);
  });

  it.each([
    ["its amount", "payload = jsonb_set(payload, '{arguments,p_change}', '9999')"],
    ["its user", "payload = jsonb_set(payload, '{arguments,p_user_id}', to_jsonb(requested_by::text))"],
    ["its reason", "payload = jsonb_set(payload, '{reason}', '\"nothing to see\"')"],
    ["its function", "payload = jsonb_set(payload, '{function}', '\"grant_admin\"')"],
    [
      "its amount and hash",
      "payload = jsonb_set(payload, '{arguments,p_change}', '9999'), payload_hash = encode(sha256(convert_to(jsonb_set(payload, '{arguments,p_change}', '9999')::text, 'UTF8')), 'hex')",
    ],
    [
      "who asked",
      "requested_by = (select id from public.users where is_admin and id <> requested_by limit 1)",
    ],
    ["its end", "expires_at = expires_at + interval '1 year'"],
  ])("is not executed after somebody with all rights changed %s", async (_, change) => {
    await stack.sql.unsafe(
      `update public.admin_approvals set ${change} where id = ${String(request.approval_id)}`,
    );
    const [changed] =
      await stack.sql`select payload_hash from public.admin_approvals where id = ${String(request.approval_id)}`;
    // By who saw it before the change, and by who sees it now.
    for (const p_payload_hash of [request.payload_hash, changed?.payload_hash])
      for (const speak of [approver, signedIn(stack, await stack.createUser({ isAdmin: true }))]) {
        const before = (await books(stack.sql)) as Answer;
        expect(await approve(speak, { p_payload_hash })).toMatchObject({
          ...{ success: false, error: expect.stringMatching(/^(payload_changed|own_request)$/) },
        });
        expect(await books(stack.sql)).toEqual(before);
      }
  });

  it("stays pending when the act itself is refused, and can be done when that is over", async () => {
    const minus = await adjust({ p_change: -120 });
    expect(minus).toMatchObject({ error: "insufficient_credits" });
    await requester("admin_adjust_credits", { p_user_id: user.id, p_change: 100, p_reason });
    request = await adjust({ p_change: -105 });
    expect(request).toMatchObject({ error: "approval_required", requested: 105 });
    await requester("admin_adjust_credits", { p_user_id: user.id, p_change: -10, p_reason });
    await refused(() => approve(approver), {
      ...{
        success: false,
        error: "insufficient_credits",
        approval_id: request.approval_id,
        current_credits: 100,
      },
    });
    await requester("admin_adjust_credits", { p_user_id: user.id, p_change: 5, p_reason });
    expect(await approve(approver)).toMatchObject({ success: true, result: { new_balance: 0 } });
  });

  it("is not executed for a requester who is no admin any more, or is banned", async () => {
    await approver("ban_user", { p_user_id: admin.id, p_reason });
    await refused(() => approve(approver), { error: "requester_not_admin", code: "ERR_4009" });
    expect(await reject(approver)).toMatchObject({ success: true });
  });

  it("of another admin for the same thing is found, and may be approved by who asked second", async () => {
    const same = { p_user_id: user.id, p_reason, p_change: 101, p_idempotency_key: "k-1" };
    expect(await approver("admin_adjust_credits", same)).toMatchObject({
      ...{ error: "approval_required", approval_id: request.approval_id, requested_by: admin.id },
    });
    expect(await approve(approver)).toMatchObject({ success: true, status: "executed" });
  });
});
