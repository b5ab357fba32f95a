import { createTestStack, type TestStack, type TestUser } from "@vidops/local/testing";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import {
  type Answer,
  balanceOf,
  books,
  booksBalance,
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
let user: TestUser;

beforeAll(async () => {
  stack = await createTestStack();
  admin = await stack.createUser({ isAdmin: true });
});
beforeEach(async () => {
  user = await stack.createUser({ credits: 10 });
});
afterAll(async () => {
  expect(await walkChain(stack.sql)).toMatchObject({ broken: [], headFits: true });
  await stack[Symbol.asyncDispose]();
});

const p_reason = "because";
const nobody = "00000000-0000-4000-8000-00000000dead";

/** Every act, with arguments that change something. */
const acts: readonly (readonly [string, string, () => Promise<Answer>])[] = [
  ["admin_refund_credits", "credit_refund", async () => ({ p_user_id: user.id, p_amount: 3 })],
  ["admin_adjust_credits", "credit_adjustment", async () => ({ p_user_id: user.id, p_change: -3 })],
  [
    "set_model_availability",
    "model_disable",
    async () => ({ p_model_id: await model(), p_available: false }),
  ],
  ["set_model_price", "model_price", async () => ({ p_model_id: await model(), p_credits: 9 })],
  ["set_model_featured", "model_feature", async () => ({ p_model_id: await model(), p_featured: true })],
  ["ban_user", "user_ban", async () => ({ p_user_id: user.id })],
  ["unban_user", "user_unban", async () => ({ p_user_id: await bannedUser() })],
  ["grant_admin", "admin_grant", async () => ({ p_user_id: user.id })],
  [
    "revoke_admin",
    "admin_revoke",
    async () => ({ p_user_id: (await stack.createUser({ isAdmin: true })).id }),
  ],
];
const model = (): Promise<string> => createModel(stack.sql);
async function bannedUser(): Promise<string> {
  await signedIn(stack, admin)("ban_user", { p_user_id: user.id, p_reason });
  return user.id;
}

describe.each(ways)("with %s", (_, way) => {
  let speak: Speaker;
  beforeAll(() => {
    speak = way(stack, admin);
  });

  it.each(acts)(
    "%s tells on a dry run what it would do, does it once, and leaves one row in the audit",
    async (name, type, make) => {
      const args = { ...(await make()), p_reason, p_ticket: "SUP-9", p_run_id: "run-1" };
      const before = await books(stack.sql);
      const foretold = await speak(name, { ...args, p_dry_run: true });
      expect(foretold).toMatchObject({
        ...{
          success: true,
          changed: true,
          dry_run: true,
          action_id: null,
          needs_approval: null,
          admin_user_id: admin.id,
        },
      });
      expect(await books(stack.sql)).toEqual(before);

      const done = await speak(name, args);
      expect(done).toEqual({ ...foretold, ...changing(done), dry_run: false, action_id: expect.any(Number) });
      const row = await lastAction(stack.sql);
      expect(row).toMatchObject({
        ...{ id: String(done.action_id), action_type: type, admin_user_id: admin.id, reason: p_reason },
        ...{ ticket: "SUP-9", run_id: "run-1", approved_by: null, undoes: null },
      });
      if (!["credit_refund", "credit_adjustment"].includes(type)) {
        expect(row?.details).toMatchObject({ before: done.before, after: done.after });
        // What is so already is no act.
        const settled = await books(stack.sql);
        expect(await speak(name, args)).toMatchObject({ success: true, changed: false, action_id: null });
        expect(await books(stack.sql)).toEqual(settled);
      }
      expect(await booksBalance(stack, user.id)).toBe(true);
    },
  );

  it.each(acts)(
    "%s refuses a blank or long reason, a blank or long ticket, and does nothing then",
    async (name, __, make) => {
      const args = await make();
      const before = await books(stack.sql);
      const bad = [
        { p_reason: null },
        { p_reason: " \n\t" },
        { p_reason: "x".repeat(501) },
        { p_reason, p_ticket: " " },
        { p_reason, p_ticket: "x".repeat(101) },
        { p_reason, p_run_id: "x".repeat(101) },
      ];
      for (const one of bad) expect(await speak(name, { ...args, ...one })).toMatchObject({ code: "22023" });
      expect(await books(stack.sql)).toEqual(before);
    },
  );

  it.each(acts.filter(([name]) => !name.startsWith("set_model")))(
    "%s of a user that there is not is refused",
    async (name, __, make) => {
      const args = { ...(await make()), p_user_id: nobody, p_reason };
      const before = await books(stack.sql);
      expect(await speak(name, args)).toMatchObject({
        success: false,
        error: "user_not_found",
        code: "ERR_4007",
      });
      expect(await books(stack.sql)).toEqual(before);
    },
  );

  it.each(acts.filter(([name]) => name.startsWith("set_model")))(
    "%s of a model that there is not is refused",
    async (name, __, make) => {
      const args = { ...(await make()), p_model_id: nobody, p_reason };
      expect(await speak(name, args)).toMatchObject({
        success: false,
        error: "model_not_found",
        code: "ERR_4007",
      });
    },
  );

  it("adjusts a balance in both directions, never below zero, and the ledger shows how", async () => {
    const adjust = (p_change: number, more: Answer = {}) =>
      speak("admin_adjust_credits", { p_user_id: user.id, p_change, p_reason, ...more });
    expect(await adjust(5, { p_reason_code: "goodwill" })).toMatchObject({
      previous_balance: 10,
      new_balance: 15,
    });
    expect(await adjust(-15)).toMatchObject({ new_balance: 0, change: -15 });
    expect(await adjust(-1)).toMatchObject({
      ...{
        success: false,
        error: "insufficient_credits",
        code: "ERR_4001",
        current_credits: 0,
        required_credits: 1,
      },
    });
    const ledger = await stack.sql`
      select change, reason, balance_after from public.quota_log where user_id = ${user.id} and admin_action_id is not null order by id`;
    expect([...ledger]).toEqual([
      { change: 5, reason: "admin_adjustment:goodwill", balance_after: 15 },
      { change: -15, reason: "admin_adjustment", balance_after: 0 },
    ]);
    expect(await booksBalance(stack, user.id)).toBe(true);
  });

  it.each([0, null, -2147483648, 2147483647, 1.5, "x"])(
    "refuses an adjustment by %j as malformed",
    async (p_change) => {
      const before = await books(stack.sql);
      expect(await speak("admin_adjust_credits", { p_user_id: user.id, p_change, p_reason })).toMatchObject({
        code: expect.stringMatching(/^22(?:023|P02)$/),
      });
      expect(await books(stack.sql)).toEqual(before);
    },
  );

  it("adjusts once for each key: twenty at once, then another change under it", async () => {
    const args = { p_user_id: user.id, p_change: -7, p_reason, p_idempotency_key: crypto.randomUUID() };
    const answers = await atOnce(20, () => speak("admin_adjust_credits", args));
    expect(answers.filter(({ replayed }) => replayed === false)).toHaveLength(1);
    expect(answers.every((one) => one.success === true && one.new_balance === 3)).toBe(true);
    expect(await balanceOf(stack.sql, user.id)).toBe(3);
    for (const other of [{ p_change: -6 }, { p_reason: "another" }, { p_user_id: admin.id }])
      expect(await speak("admin_adjust_credits", { ...args, ...other })).toMatchObject({
        ...{ success: false, error: "idempotency_key_reused", code: "ERR_4010" },
      });
    // A refund under an adjustment's key is another request too.
    expect(await speak("admin_refund_credits", { ...args, p_change: undefined, p_amount: 7 })).toMatchObject({
      error: "idempotency_key_reused",
    });
    expect(await balanceOf(stack.sql, user.id)).toBe(3);
  });

  it("bans from the commit on: no charge, no generation, also with a session from before; then lets both again", async () => {
    const modelId = await model();
    const job = { user_id: user.id, model_id: modelId, prompt: "a fox" };
    const generate = () =>
      fetch(`${stack.url}/rest/v1/video_jobs`, {
        method: "POST",
        headers: { apikey: stack.secretKey, "content-type": "application/json" },
        body: JSON.stringify(job),
      });
    const charge = () => withSecretKey(stack, null)("deduct_credits", { p_user_id: user.id, p_amount: 1 });
    expect((await generate()).status).toBe(201);
    expect(await charge()).toMatchObject({ success: true });
    await speak("ban_user", {
      p_user_id: user.id,
      p_reason: "ring of a@example.com",
      p_public_reason: "chargebacks",
    });
    const refused = await generate();
    expect([refused.status, ((await refused.json()) as Answer).message]).toEqual([403, "account_banned"]);
    expect(await charge()).toMatchObject({ success: false, error: "account_banned", code: "ERR_4012" });
    // The operator's words are for the audit; the user reads what is meant for him.
    const response = await fetch(`${stack.url}/rest/v1/users?select=ban_reason`, {
      headers: { apikey: stack.publishableKey, authorization: `Bearer ${user.accessToken}` },
    });
    expect(await response.json()).toEqual([{ ban_reason: "chargebacks" }]);
    // Support still can give back what was taken.
    expect(await speak("admin_refund_credits", { p_user_id: user.id, p_amount: 1, p_reason })).toMatchObject({
      success: true,
    });
    await speak("unban_user", { p_user_id: user.id, p_reason });
    expect((await generate()).status).toBe(201);
    expect(await charge()).toMatchObject({ success: true });
    expect(await booksBalance(stack, user.id)).toBe(true);
  });

  it("changes a rule or a threshold only from what was seen, if that is said", async () => {
    const rule = {
      ...{ p_action: "seen", p_per: "ip", p_tier: "any", p_window_seconds: 60, p_max_requests: 5, p_reason },
    };
    expect(await speak("set_rate_limit_rule", { ...rule, p_expected: { max_requests: 4 } })).toMatchObject({
      ...{ success: false, error: "state_changed_since", found: { max_requests: null } },
    });
    expect(await speak("set_rate_limit_rule", { ...rule, p_expected: { max_requests: null } })).toMatchObject(
      {
        ...{ success: true, before: null, after: 5 },
      },
    );
    await speak("set_rate_limit_rule", { ...rule, p_max_requests: null });
    const threshold = { p_name: "act_credits", p_credits: 5, p_reason };
    expect(await speak("set_approval_threshold", { ...threshold, p_expected: { credits: 7 } })).toMatchObject(
      { ...{ success: false, error: "state_changed_since" }, found: { credits: null } },
    );
  });

  it("lets nobody ban oneself, make a guest or a banned user an admin, or bill a price of nothing", async () => {
    const guest = await stack.createUser({ columns: { is_guest: true, email: null } });
    const banned = await bannedUser();
    const modelId = await model();
    const before = await books(stack.sql);
    expect(await speak("ban_user", { p_user_id: admin.id, p_reason })).toMatchObject({
      error: "cannot_ban_self",
      code: "ERR_4009",
    });
    expect(await speak("grant_admin", { p_user_id: guest.id, p_reason })).toMatchObject({
      ...{ error: "guest_cannot_be_admin", code: "ERR_4009" },
    });
    expect(await speak("grant_admin", { p_user_id: banned, p_reason })).toMatchObject({
      error: "account_banned",
      code: "ERR_4012",
    });
    for (const p_credits of [0, -1, null])
      expect(await speak("set_model_price", { p_model_id: modelId, p_credits, p_reason })).toMatchObject({
        code: "22023",
      });
    expect(
      await speak("set_model_availability", { p_model_id: modelId, p_available: null, p_reason }),
    ).toMatchObject({ code: "22023" });
    expect(await books(stack.sql)).toEqual(before);
  });
});

/** What only the act itself knows. */
function changing(done: Answer): Answer {
  const after = done.after as Answer | undefined;
  // A ban's time is that of its own transaction.
  return after?.banned_at == null ? {} : { after };
}

describe("who may act", () => {
  it.each(acts)(
    "%s is refused to a user, a banned admin, a key that names nobody or no admin",
    async (name, __, make) => {
      const banned = await stack.createUser({ isAdmin: true });
      await stack.sql`update public.users set banned_at = now() where id = ${banned.id}`;
      const args = { ...(await make()), p_reason };
      const before = await books(stack.sql);
      for (const speak of [
        signedIn(stack, user),
        signedIn(stack, banned),
        withSecretKey(stack, null),
        withSecretKey(stack, user),
        withSecretKey(stack, banned),
      ])
        expect(await speak(name, args)).toMatchObject({ code: "42501" });
      // Nor may an admin act as another.
      const other = await stack.createUser({ isAdmin: true });
      expect(await signedIn(stack, other)(name, { ...args, p_admin_user_id: admin.id })).toMatchObject({
        code: "42501",
      });
      await stack.sql`update public.users set is_admin = false where id in (${other.id}, ${banned.id})`;
      const after = (await books(stack.sql)) as Answer;
      expect({ ...after, users: null }).toEqual({ ...(before as Answer), users: null });
    },
  );
});
