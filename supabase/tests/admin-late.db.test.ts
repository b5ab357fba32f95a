import { setTimeout } from "node:timers/promises";
import { createTestStack, type TestStack, type TestUser } from "@vidops/local/testing";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Answer, balanceOf, type Speaker, signedIn, walkChain } from "./acting.ts";

let stack: TestStack;
let people: Record<"a" | "b" | "c" | "user", TestUser>;
let a: Speaker;
let b: Speaker;
let c: Speaker;

beforeEach(async () => {
  stack = await createTestStack();
  const [one, two, three] = await Promise.all([1, 2, 3].map(() => stack.createUser({ isAdmin: true })));
  const user = await stack.createUser({ credits: 10 });
  people = { a: one as TestUser, b: two as TestUser, c: three as TestUser, user };
  [a, b, c] = [signedIn(stack, people.a), signedIn(stack, people.b), signedIn(stack, people.c)];
});
afterEach(async () => {
  expect(await walkChain(stack.sql)).toMatchObject({ broken: [], headFits: true });
  await stack[Symbol.asyncDispose]();
});

const p_reason = "because";

/** Runs an act that has to wait for the user's row, and something else meanwhile. */
async function whileWaiting(act: () => Promise<Answer>, meanwhile: () => Promise<unknown>): Promise<Answer> {
  let waiting: Promise<Answer> | undefined;
  await stack.sql.begin(async (sql) => {
    await sql`select from public.users where id = ${people.user.id} for no key update`;
    waiting = act();
    await expect
      .poll(async () => {
        const [row] = await stack.sql`
          select count(*)::int as n from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`;
        return row?.n;
      })
      .toBe(1);
    await meanwhile();
    await setTimeout(20);
  });
  return (await waiting) as Answer;
}

describe("an act that waits for a lock", () => {
  const late = () => b("admin_adjust_credits", { p_user_id: people.user.id, p_change: 100, p_reason });

  it.each([
    ["unmade", "revoke_admin"],
    ["banned", "ban_user"],
  ])("is refused when its admin is %s meanwhile", async (_, name) => {
    const answer = await whileWaiting(late, async () => {
      expect(await a(name, { p_user_id: people.b.id, p_reason })).toMatchObject({ success: true });
    });
    expect(answer).toMatchObject({ code: "42501" });
    expect(await balanceOf(stack.sql, people.user.id)).toBe(10);
  });

  it("is not approved by one who is unmade meanwhile, and stays for others to approve", async () => {
    await a("set_approval_threshold", { p_name: "act_credits", p_credits: 50, p_reason });
    const request = await late();
    const approve = (speak: Speaker) =>
      speak("approve_admin_request", {
        p_approval_id: request.approval_id,
        p_payload_hash: request.payload_hash,
      });
    const answer = await whileWaiting(
      () => approve(c),
      async () =>
        expect(await a("revoke_admin", { p_user_id: people.c.id, p_reason })).toMatchObject({
          success: true,
        }),
    );
    expect(answer).toMatchObject({ code: "42501" });
    expect(await balanceOf(stack.sql, people.user.id)).toBe(10);
    expect(await approve(a)).toMatchObject({ success: true });
  });
});
