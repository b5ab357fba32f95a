import { createTestStack, type TestStack, type TestUser } from "@vidops/local/testing";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import {
  type Answer,
  books,
  createModel,
  type Speaker,
  signedIn,
  walkChain,
  ways,
  withSecretKey,
} from "./acting.ts";

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
  await stack[Symbol.asyncDispose]();
});

const p_reason = "because";
const limit = { p_action: "undo_test", p_per: "ip", p_tier: "any", p_window_seconds: 60 };
const model = (): Promise<string> => createModel(stack.sql);

describe.each(ways)("an undo, with %s", (_, way) => {
  let speak: Speaker;
  const undo = (action: Answer, more: Answer = {}) =>
    speak("undo_admin_action", { p_action_id: action.action_id, p_reason, ...more });
  beforeAll(() => {
    speak = way(stack, admin);
  });

  it.each<[string, () => Promise<[string, Answer, string, Answer]>]>([
    [
      "a model",
      async () => {
        const m = await model();
        return [
          "set_model_availability",
          { p_model_id: m, p_available: false },
          "set_model_availability",
          { p_model_id: m, p_available: true },
        ];
      },
    ],
    [
      "a price",
      async () => {
        const m = await model();
        return [
          "set_model_price",
          { p_model_id: m, p_credits: 5 },
          "set_model_price",
          { p_model_id: m, p_credits: 6 },
        ];
      },
    ],
    ["a ban", async () => ["ban_user", { p_user_id: user.id }, "unban_user", { p_user_id: user.id }]],
    ["a grant", async () => ["grant_admin", { p_user_id: user.id }, "revoke_admin", { p_user_id: user.id }]],
    [
      "a limit",
      async () => [
        "set_rate_limit_rule",
        { ...limit, p_max_requests: 7 },
        "set_rate_limit_rule",
        { ...limit, p_max_requests: null },
      ],
    ],
  ])("of %s that was changed since is refused, and says what is there now", async (__, make) => {
    const [name, args, laterName, later] = await make();
    const act = await speak(name, { ...args, p_reason });
    await signedIn(stack, other)(laterName, { ...later, p_reason });
    const before = await books(stack.sql);
    expect(await undo(act)).toMatchObject({
      ...{ success: false, error: "state_changed_since", code: "ERR_4009", undoes: act.action_id },
      ...{ expected: expect.any(Object), found: expect.any(Object) },
    });
    expect(await books(stack.sql)).toEqual(before);
  });

  it("of a ban that was lifted and laid anew is refused: it is another ban", async () => {
    const act = await speak("ban_user", { p_user_id: user.id, p_reason });
    await speak("unban_user", { p_user_id: user.id, p_reason });
    await speak("ban_user", { p_user_id: user.id, p_reason });
    expect(await undo(act)).toMatchObject({ error: "state_changed_since" });
  });

  it("of an unban bans again, for the reason that was", async () => {
    await speak("ban_user", { p_user_id: user.id, p_reason, p_public_reason: "chargebacks" });
    const act = await speak("unban_user", { p_user_id: user.id, p_reason });
    expect(await undo(act)).toMatchObject({ success: true, after: { ban_reason: "chargebacks" } });
    expect(
      await withSecretKey(stack, null)("deduct_credits", { p_user_id: user.id, p_amount: 1 }),
    ).toMatchObject({
      error: "account_banned",
    });
  });

  it("of a reset, a cleanup, or an action that there is not is refused", async () => {
    await stack.sql`select public.check_rate_limit('203.0.113.50', 'undo_reset', 5, 60)`;
    const reset = await speak("reset_rate_limits", {
      p_action: "undo_reset",
      p_per: "ip",
      p_subject: "203.0.113.50",
      p_reason,
    });
    await stack.sql`insert into public.rate_limit_log (ip_address, action, created_at) values ('203.0.113.51', 'x', now() - interval '30 days')`;
    const cleanup = await speak("cleanup_rate_limit_logs", { p_reason });
    const before = await books(stack.sql);
    for (const act of [reset, cleanup]) {
      expect(act.action_id).toEqual(expect.any(Number));
      expect(await undo(act)).toMatchObject({
        error: "cannot_undo",
        code: "ERR_4009",
        why: "not_reversible",
      });
    }
    expect(await undo({ action_id: 999_999 })).toMatchObject({ error: "action_not_found", code: "ERR_4007" });
    expect(await undo({ action_id: null })).toMatchObject({ code: "22023" });
    expect(await undo(reset, { p_reason: "" })).toMatchObject({ code: "22023" });
    expect(await books(stack.sql)).toEqual(before);
  });
});
