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

let stack: TestStack;
let people: Record<"a" | "b" | "c" | "user", TestUser>;
let a: Speaker;
let b: Speaker;
let c: Speaker;

beforeEach(async () => {
  stack = await createTestStack();
  const [one, two, three] = await Promise.all([1, 2, 3].map(() => stack.createUser({ isAdmin: true })));
  const user = await stack.createUser({ credits: 1000 });
  people = { a: one as TestUser, b: two as TestUser, c: three as TestUser, user };
  [a, b, c] = [signedIn(stack, people.a), signedIn(stack, people.b), signedIn(stack, people.c)];
});
afterEach(async () => {
  expect(await walkChain(stack.sql)).toMatchObject({ broken: [], headFits: true });
  await stack[Symbol.asyncDispose]();
});

const p_reason = "because";
const threshold = (speak: Speaker, p_credits: number, p_name = "act_credits") =>
  speak("set_approval_threshold", { p_name, p_credits, p_reason });
const adjust = (speak: Speaker, p_change: number, more: Answer = {}) =>
  speak("admin_adjust_credits", { p_user_id: people.user.id, p_change, p_reason, ...more });
const undo = (speak: Speaker, { action_id }: Answer, more: Answer = {}) =>
  speak("undo_admin_action", { p_action_id: action_id, p_reason, ...more });
const approve = (speak: Speaker, { approval_id, payload_hash }: Answer) =>
  speak("approve_admin_request", { p_approval_id: approval_id, p_payload_hash: payload_hash });

/** Expects that nothing is written, whatever is answered. */
async function refused(answer: () => Promise<Answer>, expected: Answer): Promise<void> {
  const before = await books(stack.sql);
  expect(await answer()).toMatchObject(expected);
  expect(await books(stack.sql)).toEqual(before);
}

describe("undos and four eyes", () => {
  it("let an admin take back alone what he did alone today, however much it was", async () => {
    const act = await adjust(a, 500);
    await threshold(a, 100);
    await threshold(a, 100, "day_credits");
    expect(await undo(a, act)).toMatchObject({ success: true, needs_approval: null });
  });

  it.each<[string, () => Promise<[Speaker, Answer]>]>([
    ["of another admin", async () => [b, await adjust(a, 500)]],
    [
      "of his own from more than a day ago",
      async () => {
        const [row] = await stack.sql`
          insert into public.admin_actions (admin_user_id, action_type, target_user_id, amount, reason, details, created_at)
          values (${people.a.id}, 'credit_adjustment', ${people.user.id}, 500, 'x', '{}', now() - interval '25 hours') returning id`;
        return [a, { action_id: row?.id }];
      },
    ],
    [
      "that was approved, also his own",
      async () => {
        await threshold(a, 100);
        const done = await approve(b, await adjust(a, -500));
        await approve(b, await threshold(a, 101));
        return [a, done];
      },
    ],
  ])("hold the undo of an act %s to the thresholds", async (_, make) => {
    const [speak, act] = await make();
    await threshold(c, 100);
    expect(await undo(speak, act, { p_dry_run: true })).toMatchObject({
      ...{ success: true, needs_approval: { threshold: "act_credits", limit: 100, requested: 500 } },
    });
    const before = await balanceOf(stack.sql, people.user.id);
    const request = await undo(speak, act);
    expect(request).toMatchObject({ error: "approval_required", code: "ERR_4015", requested: 500 });
    expect(await balanceOf(stack.sql, people.user.id)).toBe(before);
    expect(await approve(c, request)).toMatchObject({
      ...{ success: true, function: "undo_admin_action", result: { undoes: Number(act.action_id) } },
    });
    expect(await lastAction(stack.sql)).toMatchObject({
      undoes: String(act.action_id),
      approved_by: people.c.id,
    });
    await refused(() => approve(c, request), { error: "approval_settled" });
  });

  it("count the undo of others' acts in an operator's day", async () => {
    const acts = [await adjust(a, 60), await adjust(a, 60)];
    await threshold(a, 100, "day_credits");
    expect(await undo(b, acts[0] as Answer)).toMatchObject({ success: true });
    expect(await undo(b, acts[1] as Answer)).toMatchObject({
      error: "approval_required",
      threshold: "day_credits",
      requested: 120,
    });
    expect(await adjust(b, 41)).toMatchObject({ error: "approval_required", requested: 101 });
  });

  it("do as much as was approved, or nothing: a partial undo whose rest was spent meanwhile stays pending", async () => {
    const act = await adjust(a, 500);
    await threshold(a, 100);
    const spend = (p_amount: number) =>
      withSecretKey(stack, null)("deduct_credits", { p_user_id: people.user.id, p_amount });
    await spend(1100);
    const request = await undo(b, act, { p_partial: true });
    expect(request).toMatchObject({ error: "approval_required", requested: 400 });
    await spend(100);
    await refused(() => approve(c, request), {
      error: "state_changed_since",
      approval_id: request.approval_id,
    });
  });
});

describe("a request that time has passed by", () => {
  beforeEach(() => threshold(a, 100));

  it("to loosen a threshold is not executed after another was set", async () => {
    const request = await threshold(b, 1000);
    await threshold(c, 5);
    await refused(() => approve(c, request), { error: "state_changed_since", code: "ERR_4009" });
  });

  it("to make an admin or to lift a ban is not executed after that changed, be it to and fro", async () => {
    const grant = (speak: Speaker, reason: string) =>
      speak("grant_admin", { p_user_id: people.user.id, p_reason: reason });
    const [first, second] = [await grant(a, "one"), await grant(b, "two")];
    expect(await approve(c, first)).toMatchObject({ success: true });
    await refused(() => approve(c, second), { error: "state_changed_since", code: "ERR_4009" });

    const ban = (reason: string) => a("ban_user", { p_user_id: people.user.id, p_reason: reason });
    const unban = (reason: string) => b("unban_user", { p_user_id: people.user.id, p_reason: reason });
    await ban("one");
    const [early, late] = [await unban("early"), await unban("late")];
    expect(await approve(c, early)).toMatchObject({ success: true });
    await ban("two");
    await refused(() => approve(c, late), { error: "state_changed_since", code: "ERR_4009" });
  });

  it("for what was done under its key meanwhile is nothing to approve", async () => {
    const key = { p_idempotency_key: "k" };
    const request = await adjust(a, 500, key);
    await approve(c, await threshold(b, 1000));
    expect(await adjust(a, 500, key)).toMatchObject({ success: true, replayed: false });
    await refused(() => approve(c, request), { error: "nothing_to_approve", code: "ERR_4009" });
    expect(await balanceOf(stack.sql, people.user.id)).toBe(1500);
  });

  it("is not executed again by who puts its row back", async () => {
    const request = await adjust(a, 500);
    await approve(c, request);
    await stack.sql`
      update public.admin_approvals set status = 'pending', decided_by = null, decided_at = null, action_id = null
      where id = ${String(request.approval_id)}`;
    await refused(() => approve(c, request), { error: "approval_settled" });
    expect(await balanceOf(stack.sql, people.user.id)).toBe(1500);
  });

  it("of one who is no admin any more stands in nobody's way", async () => {
    const request = await adjust(b, 500);
    await a("revoke_admin", { p_user_id: people.b.id, p_reason });
    const own = await adjust(c, 500);
    expect(own).toMatchObject({ error: "approval_required", requested_by: people.c.id });
    expect(own.approval_id).not.toBe(request.approval_id);
    expect(await approve(a, own)).toMatchObject({ success: true });
  });
});

describe("with thresholds", () => {
  it("nobody moves credits of his own account alone, nor approves that they are moved", async () => {
    await threshold(a, 100);
    const own = { p_user_id: people.a.id, p_change: 1, p_reason };
    const request = await a("admin_adjust_credits", own);
    expect(request).toMatchObject({ error: "approval_required", threshold: "own_account", requested: 1 });
    expect(await approve(b, request)).toMatchObject({ success: true });
    const [gift, refund] = [
      await b("admin_adjust_credits", { ...own, p_change: 500 }),
      await b("admin_refund_credits", { p_user_id: people.a.id, p_amount: 500, p_reason }),
    ];
    for (const one of [gift, refund]) {
      expect(one).toMatchObject({ error: "approval_required", threshold: "act_credits" });
      await refused(() => approve(a, one as Answer), { error: "own_account", code: "ERR_4009" });
    }
    expect(await balanceOf(stack.sql, people.a.id)).toBe(1);
  });

  it("what secret keys move counts together, whomever they name, and apart from who is signed in", async () => {
    await threshold(a, 100, "day_credits");
    const key = (who: TestUser) => withSecretKey(stack, who);
    expect(await adjust(key(people.a), 60)).toMatchObject({ success: true });
    expect(await adjust(key(people.b), -41)).toMatchObject({ error: "approval_required", requested: 101 });
    expect(await adjust(key(people.c), 40)).toMatchObject({ success: true });
    expect(await adjust(b, 100)).toMatchObject({ success: true });
    // A key takes back alone only what a key did.
    const act = await lastAction(stack.sql);
    expect(await undo(key(people.b), { action_id: act?.id })).toMatchObject({ error: "approval_required" });
    expect(await undo(b, { action_id: act?.id })).toMatchObject({ success: true });
  });

  it("two admins stay: neither is revoked, not by an undo either; a ban, for an emergency, asks nobody", async () => {
    await threshold(a, 100);
    expect(await a("revoke_admin", { p_user_id: people.c.id, p_reason })).toMatchObject({ success: true });
    for (const speak of [a, b, withSecretKey(stack, people.a)])
      for (const who of [people.a, people.b])
        await refused(() => speak("revoke_admin", { p_user_id: who.id, p_reason }), {
          ...{ error: "two_admins_needed", code: "ERR_4009" },
        });
    expect(await a("ban_user", { p_user_id: people.b.id, p_reason })).toMatchObject({ success: true });
  });
});

describe("how an admin spoke", () => {
  it("is in the row, in the request and in the hash: signed in, or named by a secret key", async () => {
    for (const [speak, signed_in] of [
      [a, true],
      [withSecretKey(stack, people.a), false],
    ] as const) {
      await adjust(speak, 1);
      expect(await lastAction(stack.sql)).toMatchObject({ admin_user_id: people.a.id, signed_in });
    }
    await threshold(a, 100);
    const request = await adjust(withSecretKey(stack, people.b), 500);
    const [row] =
      await stack.sql`select signed_in from public.admin_approvals where id = ${String(request.approval_id)}`;
    expect(row).toEqual({ signed_in: false });
    await stack.sql
      .begin(async (sql) => {
        await sql`alter table public.admin_actions disable trigger admin_actions_append_only`;
        await sql`update public.admin_actions set signed_in = true where not signed_in`;
        expect((await walkChain(sql as never)).broken.length).toBeGreaterThan(0);
        throw new Error("rolled back");
      })
      .catch((error: Error) => expect(error.message).toBe("rolled back"));
  });
});
