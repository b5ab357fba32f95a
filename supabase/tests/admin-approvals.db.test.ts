import { createTestStack, type TestStack, type TestUser } from "@vidops/local/testing";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  type Answer,
  balanceOf,
  books,
  booksBalance,
  createChargedJob,
  lastAction,
  type Speaker,
  signedIn,
  walkChain,
  ways,
} from "./acting.ts";
import { atOnce } from "./rate-limit-calls.ts";

let stack: TestStack;
let admin: TestUser;
let second: TestUser;
let user: TestUser;
let approver: Speaker;

beforeEach(async () => {
  stack = await createTestStack();
  admin = await stack.createUser({ isAdmin: true });
  second = await stack.createUser({ isAdmin: true });
  user = await stack.createUser({ credits: 10 });
  approver = signedIn(stack, second);
});
afterEach(async () => {
  expect(await walkChain(stack.sql)).toMatchObject({ broken: [], headFits: true });
  expect(await booksBalance(stack, user.id)).toBe(true);
  await stack[Symbol.asyncDispose]();
});

const p_reason = "because";
const threshold = (speak: Speaker, p_name: string, p_credits: number | null, more: Answer = {}) =>
  speak("set_approval_threshold", { p_name, p_credits, p_reason, ...more });
const refund = (speak: Speaker, p_amount: number, more: Answer = {}) =>
  speak("admin_refund_credits", { p_user_id: user.id, p_amount, p_reason, ...more });
const approve = (speak: Speaker, { approval_id, payload_hash }: Answer, more: Answer = {}) =>
  speak("approve_admin_request", { p_approval_id: approval_id, p_payload_hash: payload_hash, ...more });
const balance = () => balanceOf(stack.sql, user.id);

describe.each(ways)("four eyes, with %s", (_, way) => {
  let speak: Speaker;
  beforeEach(() => {
    speak = way(stack, admin);
  });

  it("hold nobody up while no threshold is set", async () => {
    expect(await refund(speak, 1_000_000)).toMatchObject({ success: true, needs_approval: null });
    expect(await speak("grant_admin", { p_user_id: user.id, p_reason })).toMatchObject({ success: true });
  });

  it("let an act up to the threshold pass, and make a request of the one above it, which a second admin carries out", async () => {
    expect(await threshold(speak, "act_credits", 100)).toMatchObject({
      ...{ success: true, changed: true, before: { credits: null }, after: { credits: 100 } },
    });
    expect(await refund(speak, 100)).toMatchObject({ success: true });
    const before = (await books(stack.sql)) as Answer;
    const needed = { threshold: "act_credits", limit: 100, requested: 101 };
    const asked = { p_job_id: null, p_idempotency_key: "k-1", p_ticket: "SUP-7" };
    expect(await refund(speak, 101, { ...asked, p_dry_run: true })).toMatchObject({
      success: true,
      needs_approval: needed,
    });
    expect(await books(stack.sql)).toEqual(before);

    const request = await refund(speak, 101, asked);
    expect(request).toMatchObject({
      ...{ success: false, error: "approval_required", code: "ERR_4015", requested_by: admin.id, ...needed },
    });
    expect(request.payload_hash).toMatch(/^[0-9a-f]{64}$/);
    expect(Date.parse(String(request.expires_at)) - Date.now()).toBeGreaterThan(23.9 * 3_600_000);
    expect(await balance()).toBe(110);
    expect(await lastAction(stack.sql)).toMatchObject({
      ...{
        action_type: "approval_request",
        admin_user_id: admin.id,
        amount: 101,
        ticket: "SUP-7",
        undoes: null,
      },
      details: { payload_hash: request.payload_hash, needed },
    });
    // The same again is the same request.
    expect(await refund(speak, 101, asked)).toMatchObject({ approval_id: request.approval_id });

    expect(await approve(approver, request, { p_dry_run: true })).toMatchObject({
      success: true,
      status: "pending",
    });
    const done = await approve(approver, request);
    expect(done).toMatchObject({
      ...{ success: true, status: "executed", requested_by: admin.id, function: "admin_refund_credits" },
      result: { success: true, new_balance: 211, amount: 101 },
    });
    expect(await lastAction(stack.sql)).toMatchObject({
      ...{
        id: String(done.action_id),
        action_type: "credit_refund",
        admin_user_id: admin.id,
        approved_by: second.id,
      },
      ...{
        approval_id: String(request.approval_id),
        reason: p_reason,
        ticket: "SUP-7",
        idempotency_key: "k-1",
      },
    });
    // Its key answers now as any other.
    expect(await refund(speak, 101, asked)).toMatchObject({
      success: true,
      replayed: true,
      new_balance: 211,
    });
    expect(await balance()).toBe(211);
  });

  it("count what an operator moves in 24 hours, plus and minus, by refunds and adjustments, and nobody else's", async () => {
    await threshold(speak, "day_credits", 20);
    await refund(speak, 8);
    await speak("admin_adjust_credits", { p_user_id: user.id, p_change: -8, p_reason });
    const undone = await lastAction(stack.sql);
    // What moves back, moves nothing.
    expect(await speak("undo_admin_action", { p_action_id: undone?.id, p_reason })).toMatchObject({
      success: true,
    });
    expect(await refund(speak, 5)).toMatchObject({
      ...{ error: "approval_required", threshold: "day_credits", limit: 20, requested: 21 },
    });
    expect(await refund(speak, 4)).toMatchObject({ success: true });
    expect(await refund(speak, 1)).toMatchObject({ error: "approval_required", requested: 21 });
    expect(await refund(approver, 20)).toMatchObject({ success: true });
  });

  it("hold grants, unbans of admins, and every loosening of a threshold", async () => {
    const third = await stack.createUser({ isAdmin: true });
    const fourth = await stack.createUser();
    await speak("ban_user", { p_user_id: third.id, p_reason });
    await threshold(speak, "act_credits", 100);
    // Tighter, a second one, a revocation, an ordinary user: one person may.
    expect(await threshold(speak, "act_credits", 50)).toMatchObject({ success: true });
    expect(await threshold(speak, "day_credits", 500)).toMatchObject({ success: true });
    expect(await speak("ban_user", { p_user_id: fourth.id, p_reason })).toMatchObject({ success: true });
    expect(await speak("unban_user", { p_user_id: fourth.id, p_reason })).toMatchObject({ success: true });
    const acts: [string, Answer][] = [
      ["grant_admin", { p_user_id: fourth.id }],
      ["unban_user", { p_user_id: third.id }],
      ["set_approval_threshold", { p_name: "act_credits", p_credits: 51 }],
      ["set_approval_threshold", { p_name: "day_credits", p_credits: null }],
    ];
    for (const [name, args] of acts) {
      const request = await speak(name, { ...args, p_reason });
      expect(request).toMatchObject({ error: "approval_required", limit: null, requested: null });
      expect(await approve(approver, request)).toMatchObject({
        success: true,
        status: "executed",
        function: name,
      });
    }
    const [state] = await stack.sql`
      select (select is_admin from public.users where id = ${fourth.id}) as granted,
        (select banned_at is null from public.users where id = ${third.id}) as unbanned,
        (select jsonb_object_agg(name, credits) from public.approval_thresholds) as thresholds`;
    expect(state).toEqual({ granted: true, unbanned: true, thresholds: { act_credits: 51 } });
    // An undo that loosens is a loosening.
    const [revoked] = [await speak("revoke_admin", { p_user_id: fourth.id, p_reason })];
    expect(await speak("undo_admin_action", { p_action_id: revoked?.action_id, p_reason })).toMatchObject({
      ...{ error: "approval_required", threshold: "admin_grant" },
    });
    const lowered = await threshold(speak, "act_credits", 10);
    const undo = await speak("undo_admin_action", { p_action_id: lowered.action_id, p_reason });
    expect(undo).toMatchObject({ error: "approval_required", threshold: "approval_threshold" });
    expect(await approve(approver, undo)).toMatchObject({
      success: true,
      result: { undoes: lowered.action_id },
    });
    expect(await lastAction(stack.sql)).toMatchObject({
      undoes: String(lowered.action_id),
      approved_by: second.id,
    });
  });

  it("never let one operator pass a day's total by acting sixteen times at once", async () => {
    await threshold(speak, "day_credits", 100);
    const users = await Promise.all(Array.from({ length: 16 }, () => stack.createUser({ credits: 50 })));
    const answers = await atOnce(16, (at) =>
      at % 2 === 0
        ? speak("admin_refund_credits", { p_user_id: users[at]?.id, p_amount: 17, p_reason })
        : speak("admin_adjust_credits", { p_user_id: users[at]?.id, p_change: -17, p_reason }),
    );
    expect(answers.filter(({ success }) => success === true)).toHaveLength(5);
    expect(answers.filter(({ error }) => error === "approval_required")).toHaveLength(11);
    const [moved] = await stack.sql`
      select sum(abs(amount))::int as credits from public.admin_actions where action_type in ('credit_refund', 'credit_adjustment')`;
    expect(moved).toEqual({ credits: 85 });
  });

  it("begin with two admins, or not at all", async () => {
    await stack.sql`update public.users set banned_at = now() where id = ${second.id}`;
    const before = await books(stack.sql);
    expect(await threshold(speak, "act_credits", 5)).toMatchObject({
      error: "two_admins_needed",
      code: "ERR_4009",
    });
    for (const bad of [{ p_name: "week_credits" }, { p_name: null }, { p_credits: -1 }])
      expect(await threshold(speak, "act_credits", 5, bad)).toMatchObject({ code: "22023" });
    expect(await books(stack.sql)).toEqual(before);
  });
});

describe("a job's refund that waits", () => {
  it("is the amount that was asked for, even if none was named, and stays pending when less is left by then", async () => {
    const job = await createChargedJob(stack, user.id, { cost: 8 });
    const speak = signedIn(stack, admin);
    await threshold(speak, "act_credits", 5);
    const request = await refund(speak, 0, { p_amount: null, p_user_id: null, p_job_id: job });
    expect(request).toMatchObject({ error: "approval_required", requested: 8 });
    await refund(speak, 3, { p_user_id: null, p_job_id: job });
    const before = await books(stack.sql);
    expect(await approve(approver, request)).toMatchObject({
      ...{ success: false, error: "state_changed_since", expected: { amount: 8 }, found: { amount: 5 } },
    });
    expect(await books(stack.sql)).toEqual(before);
  });
});
