import { createTestStack, type TestStack, type TestUser } from "@vidops/local/testing";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import {
  type Answer,
  balanceOf,
  books,
  booksBalance,
  createChargedJob,
  createModel,
  lastAction,
  type Speaker,
  signedIn,
  walkChain,
  ways,
  withSecretKey,
} from "./acting.ts";
import { atOnce } from "./rate-limit-calls.ts";

let stack: TestStack;
let admin: TestUser;
let other: TestUser;
let user: TestUser;

beforeAll(async () => {
  stack = await createTestStack();
  admin = await stack.createUser({ isAdmin: true });
  other = await stack.createUser({ isAdmin: true });
});
beforeEach(async () => {
  user = await stack.createUser({ credits: 10 });
});
afterAll(async () => {
  expect(await walkChain(stack.sql)).toMatchObject({ broken: [], headFits: true });
  const [audit] = await stack.sql`select public.audit_credits() as answer`;
  expect(audit?.answer).toMatchObject({ drift: [] });
  await stack[Symbol.asyncDispose]();
});

const p_reason = "because";
const limit = { p_action: "undo_test", p_per: "ip", p_tier: "any", p_window_seconds: 60 };
const spend = (p_amount: number) =>
  withSecretKey(stack, null)("deduct_credits", { p_user_id: user.id, p_amount });

/** Of what acts change: all but ids and times. */
async function state(): Promise<unknown> {
  const [row] = await stack.sql`
    select (select jsonb_build_object('credits', credits_remaining, 'admin', is_admin, 'banned', banned_at, 'why', ban_reason)
        from public.users where id = ${user.id}) as user,
      (select jsonb_agg(jsonb_build_array(is_available, cost_per_generation, is_featured) order by created_at, id) from public.models) as models,
      (select jsonb_agg(credits_refunded order by job_id) from public.video_jobs where user_id = ${user.id}) as refunded,
      (select jsonb_agg(to_jsonb(r) - array['updated_at', 'updated_by'] order by action, per, tier) from public.rate_limit_rules r) as rules`;
  return row;
}

/** Every act that can be undone: what makes it, in a state in which it changes something. */
const reversible: readonly (readonly [string, string, () => Promise<[string, Answer]>])[] = [
  [
    "a refund",
    "credit_adjustment",
    async () => ["admin_refund_credits", { p_user_id: user.id, p_amount: 3 }],
  ],
  [
    "a job's refund",
    "credit_adjustment",
    async () => ["admin_refund_credits", { p_job_id: await job(), p_amount: 3 }],
  ],
  ["a plus", "credit_adjustment", async () => ["admin_adjust_credits", { p_user_id: user.id, p_change: 3 }]],
  [
    "a minus",
    "credit_adjustment",
    async () => ["admin_adjust_credits", { p_user_id: user.id, p_change: -3 }],
  ],
  [
    "a model's end",
    "model_enable",
    async () => ["set_model_availability", { p_model_id: await model(), p_available: false }],
  ],
  ["a price", "model_price", async () => ["set_model_price", { p_model_id: await model(), p_credits: 9 }]],
  [
    "a feature",
    "model_unfeature",
    async () => ["set_model_featured", { p_model_id: await model(), p_featured: true }],
  ],
  ["a ban", "user_unban", async () => ["ban_user", { p_user_id: user.id }]],
  ["a grant", "admin_revoke", async () => ["grant_admin", { p_user_id: user.id }]],
  ["a revocation", "admin_grant", async () => ["revoke_admin", { p_user_id: await adminUser() }]],
  ["a new limit", "rate_limit_rule", async () => ["set_rate_limit_rule", { ...limit, p_max_requests: 5 }]],
];
const model = (): Promise<string> => createModel(stack.sql);
const job = (): Promise<string> => createChargedJob(stack, user.id, { cost: 4 });
async function adminUser(): Promise<string> {
  await stack.sql`update public.users set is_admin = true where id = ${user.id}`;
  return user.id;
}

describe.each(ways)("an undo, with %s", (_, way) => {
  let speak: Speaker;
  const undo = (action: Answer, more: Answer = {}) =>
    speak("undo_admin_action", { p_action_id: action.action_id, p_reason, ...more });
  beforeAll(() => {
    speak = way(stack, admin);
  });

  it.each(reversible)(
    "of %s is told on a dry run, done once, linked, and leaves all as it was",
    async (__, type, make) => {
      const [name, args] = await make();
      const before = await state();
      const act = await speak(name, { ...args, p_reason });
      expect(act).toMatchObject({ success: true, changed: true });
      const changed = await books(stack.sql);
      const foretold = await undo(act, { p_dry_run: true, p_ticket: "SUP-3" });
      expect(foretold).toMatchObject({
        success: true,
        changed: true,
        undoes: act.action_id,
        action_id: null,
      });
      expect(await books(stack.sql)).toEqual(changed);

      const undone = await undo(act, { p_ticket: "SUP-3" });
      expect(undone).toMatchObject({
        success: true,
        undoes: act.action_id,
        partial: false,
        admin_user_id: admin.id,
      });
      expect(await state()).toEqual(before);
      expect(await lastAction(stack.sql)).toMatchObject({
        ...{
          id: String(undone.action_id),
          undoes: String(act.action_id),
          action_type: type,
          ticket: "SUP-3",
        },
        ...{ reason: p_reason, admin_user_id: admin.id },
      });
      expect(await booksBalance(stack, user.id)).toBe(true);

      const settled = await books(stack.sql);
      expect(await undo(act)).toMatchObject({
        ...{
          success: false,
          error: "already_undone",
          code: "ERR_4009",
          undone_by: undone.action_id,
          undone_by_admin: admin.id,
        },
      });
      // Of the undo itself: never.
      expect(await undo(undone)).toMatchObject({ error: "cannot_undo", code: "ERR_4009", why: "is_undo" });
      expect(await undo(undone, { p_dry_run: true })).toMatchObject({ error: "cannot_undo" });
      expect(await books(stack.sql)).toEqual(settled);
    },
  );

  it("is done once, though sixteen ask at once, two admins among them", async () => {
    const act = await speak("admin_refund_credits", { p_user_id: user.id, p_amount: 7, p_reason });
    const answers = await atOnce(16, (at) =>
      at % 2 === 0
        ? undo(act)
        : signedIn(stack, other)("undo_admin_action", { p_action_id: act.action_id, p_reason }),
    );
    expect(answers.filter(({ success }) => success === true)).toHaveLength(1);
    expect(answers.filter(({ error }) => error === "already_undone")).toHaveLength(15);
    expect(await balanceOf(stack.sql, user.id)).toBe(10);
  });

  it("of credits that were spent says how many are there, takes what is left if told to, and is the one undo then", async () => {
    const act = await speak("admin_refund_credits", { p_user_id: user.id, p_amount: 5, p_reason });
    await spend(12);
    const before = await books(stack.sql);
    const short = {
      success: false,
      error: "credits_already_spent",
      code: "ERR_4001",
      current_credits: 3,
      required_credits: 5,
    };
    expect(await undo(act)).toMatchObject(short);
    expect(await undo(act, { p_dry_run: true })).toMatchObject(short);
    expect(await undo(act, { p_partial: true, p_dry_run: true })).toMatchObject({
      success: true,
      partial: true,
      new_balance: 0,
    });
    expect(await books(stack.sql)).toEqual(before);
    expect(await undo(act, { p_partial: true })).toMatchObject({
      success: true,
      partial: true,
      change: -3,
      new_balance: 0,
    });
    expect(await undo(act, { p_partial: true })).toMatchObject({ error: "already_undone" });
    expect(await booksBalance(stack, user.id)).toBe(true);
  });

  it("of credits of which none are left is refused, also in part; and p_partial takes all where all are there", async () => {
    const act = await speak("admin_refund_credits", { p_user_id: user.id, p_amount: 5, p_reason });
    await spend(15);
    expect(await undo(act, { p_partial: true })).toMatchObject({
      error: "credits_already_spent",
      current_credits: 0,
    });
    await withSecretKey(stack, null)("add_credits", {
      p_user_id: user.id,
      p_amount: 9,
      p_reason: "purchase",
    });
    expect(await undo(act, { p_partial: true })).toMatchObject({
      success: true,
      partial: false,
      new_balance: 4,
    });
  });

  it("of a job's refund makes it refundable again, in part as far as it was taken back, and no further", async () => {
    const jobId = await job();
    const refund = (p_amount: number | null) =>
      speak("admin_refund_credits", { p_job_id: jobId, p_amount, p_reason });
    const first = await refund(4);
    expect(await refund(1)).toMatchObject({ error: "nothing_to_refund" });
    await spend(9);
    expect(await undo(first, { p_partial: true })).toMatchObject({
      success: true,
      partial: true,
      change: -1,
    });
    expect(await refund(2)).toMatchObject({ error: "refund_exceeds_charge", refundable: 1 });
    expect(await refund(1)).toMatchObject({ success: true, new_balance: 1 });
    const [row] =
      await stack.sql`select credits_used, credits_refunded from public.video_jobs where job_id = ${jobId}`;
    expect(row).toEqual({ credits_used: 4, credits_refunded: 4 });
    expect(await booksBalance(stack, user.id)).toBe(true);
  });
});
