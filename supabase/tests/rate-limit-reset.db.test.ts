import { createTestStack, type TestStack } from "@vidops/local/testing";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import {
  ask,
  checkMany,
  checkOne,
  counted,
  failure,
  ipLimit,
  keyLimit,
  type LimitState,
} from "./rate-limit-calls.ts";

let stack: TestStack;
let admin: string;
let user: string;
let audited = "0";
beforeAll(async () => {
  stack = await createTestStack();
  admin = (await stack.createUser({ isAdmin: true })).id;
  user = (await stack.createUser()).id;
});
afterAll(() => stack[Symbol.asyncDispose]());
beforeEach(async () => {
  await stack.sql`truncate vidops.rate_limit_state`;
  // Audit rows stay for good: a test looks at those that came after.
  [{ id: audited }] = await stack.sql<
    [{ id: string }]
  >`select coalesce(max(id), 0) as id from public.admin_actions`;
});

const ip = "203.0.113.7";
async function reset(
  action: string,
  per: string | null,
  subject: string | null,
  more: { dryRun?: boolean; reason?: string | null; runId?: string } = {},
): Promise<{ success: boolean; action_id: number | null; cleared: LimitState[]; dry_run: boolean }> {
  const [row] = await stack.sql`
    select public.reset_rate_limits(${action}, ${per}, ${subject}, ${more.reason === undefined ? "because" : more.reason}, ${admin},
      ${more.dryRun ?? false}, ${more.runId ?? null}) as answer`;
  return row?.answer;
}
const audits = () =>
  stack.sql`select admin_user_id, action_type, target_user_id, reason, details, run_id from public.admin_actions where id > ${audited} order by id`;

describe("a reset", () => {
  it("forgets all windows of one subject under one action, and leaves an audit row of what it forgot", async () => {
    await checkOne(stack.sql, ip, "a", 10, 60, 4);
    await checkOne(stack.sql, ip, "a", 100, 3600, 7);
    const answer = await reset("a", "ip", ip, { reason: " support case ", runId: "run 7" });
    expect(answer).toMatchObject({ success: true, dry_run: false });
    expect(
      answer.cleared.map(({ name, per, subject, limit, remaining }) => [
        name,
        per,
        subject,
        limit,
        remaining,
      ]),
    ).toEqual([
      ["per_ip_60", "ip", ip, 10, 6],
      ["per_ip_3600", "ip", ip, 100, 93],
    ]);
    expect(await counted(stack.sql)).toEqual([]);
    expect(await audits()).toEqual([
      {
        ...{
          admin_user_id: admin,
          action_type: "rate_limit_reset",
          target_user_id: null,
          reason: "support case",
          run_id: "run 7",
        },
        details: { action: "a", per: "ip", subject: ip, cleared: answer.cleared },
      },
    ]);
    expect(await checkOne(stack.sql, ip, "a", 10)).toMatchObject({ allowed: true, remaining: 9 });
  });

  it("of what is not there changes nothing and leaves no audit row", async () => {
    expect(await reset("a", "ip", ip)).toEqual({
      success: true,
      action_id: null,
      admin_user_id: admin,
      changed: false,
      cleared: [],
      dry_run: false,
      needs_approval: null,
    });
    expect(await reset("a", "global", null)).toMatchObject({ cleared: [] });
    expect(await audits()).toEqual([]);
  });

  it("tried out says what it would forget, and forgets nothing", async () => {
    await checkOne(stack.sql, ip, "a", 10);
    const before = await counted(stack.sql);
    expect(await reset("a", "ip", ip, { dryRun: true })).toMatchObject({
      ...{ action_id: null, dry_run: true },
      cleared: [expect.objectContaining({ remaining: 9 })],
    });
    expect(await counted(stack.sql)).toEqual(before);
    expect(await audits()).toEqual([]);
  });

  it("names the user who is meant, in the audit row's own column too", async () => {
    const limit = { name: "u", per: "user", max_requests: 5, window_seconds: 60 } as const;
    const stranger = "00000000-0000-4000-8000-00000000dead";
    for (const id of [user, stranger]) await checkMany(stack.sql, "a", [limit], { user: id });
    expect((await reset("a", "user", user.toUpperCase())).cleared).toHaveLength(1);
    expect((await reset("a", "user", stranger)).cleared).toHaveLength(1);
    expect((await audits()).map((row) => row.target_user_id)).toEqual([user, null]);
  });

  it.each([
    ["2001:DB8:0:0:1::5", "2001:db8::9"],
    ["::ffff:203.0.113.9", "203.0.113.9"],
    ["unknown", "unknown"],
  ])("finds the bucket of %s, which counted %s", async (asked, seen) => {
    await checkOne(stack.sql, seen, "a", 10);
    expect((await reset("a", "ip", asked)).cleared).toHaveLength(1);
    expect(await counted(stack.sql)).toEqual([]);
  });

  it.each([
    "%",
    "_",
    "a%",
    "'",
    "''; drop table users; --",
    "\\",
    "*",
    "a'b\"c",
    "ip:203.0.113.7",
    "%s",
    "$1",
    "✓ ключ",
    "{}",
  ])("of the key and the action %s touches those alone", async (odd) => {
    for (const [action, key] of [
      [odd, odd],
      [odd, "abc"],
      ["abc", odd],
      ["abc", "abc"],
    ] as const) {
      await checkMany(stack.sql, action, [keyLimit(key, 5)]);
    }
    await checkOne(stack.sql, ip, odd, 5);
    expect((await reset(odd, "key", odd)).cleared).toHaveLength(1);
    expect(await counted(stack.sql)).toHaveLength(4);
    expect((await reset(odd, "key", odd)).cleared).toHaveLength(0);
    expect(
      await ask(
        stack.sql,
        `forget_rate_limits('abc', '${JSON.stringify([keyLimit(odd, 1)]).replaceAll("'", "''")}')`,
      ),
    ).toEqual({
      success: true,
      changed: true,
    });
    expect(await counted(stack.sql)).toHaveLength(3);
  });

  it.each([
    ["of no kind of subject", "a", null, "x"],
    ["of no address", "a", "ip", null],
    ["of nonsense for an address", "a", "ip", "nonsense"],
    ["of nonsense for a user", "a", "user", "nonsense"],
    ["of a blank key", "a", "key", " "],
    ["of a key of 201 characters", "a", "key", "k".repeat(201)],
    ["of a subject of everybody", "a", "global", "x"],
    ["of a team", "a", "team", "x"],
    ["of a blank action", " ", "ip", ip],
    ["of an action of 101 characters", "a".repeat(101), "ip", ip],
  ])("%s is refused", async (_, action, per, subject) => {
    expect(await failure(reset(action, per, subject))).toBe("22023");
  });

  it.each([
    ["no reason", null],
    ["an empty reason", ""],
    ["a blank reason", " \n"],
    ["a reason of 501 characters", "r".repeat(501)],
  ])("with %s is refused", async (_, reason) => {
    expect(await failure(reset("a", "ip", ip, { reason }))).toBe("22023");
  });
});

describe("what the app forgets", () => {
  it("are the windows it names, without an audit row, and it hears whether there was anything", async () => {
    const limits = [keyLimit("k", 5, 60, "m"), keyLimit("k", 5, 3600, "h")];
    await checkMany(stack.sql, "a", limits);
    const one = `forget_rate_limits('a', '${JSON.stringify([limits[0]])}')`;
    expect(await ask(stack.sql, one)).toEqual({ success: true, changed: true });
    expect(await ask(stack.sql, one)).toEqual({ success: true, changed: false });
    expect(await counted(stack.sql)).toEqual([expect.objectContaining({ window_seconds: 3600 })]);
    expect(await audits()).toEqual([]);
    expect(await failure(ask(stack.sql, "forget_rate_limits('a', null)"))).toBe("22023");
    expect(await failure(ask(stack.sql, `forget_rate_limits('a', '${JSON.stringify([ipLimit(5)])}')`))).toBe(
      "22023",
    );
  });
});

describe("a look", () => {
  it("counts nothing, makes no row, and tells what the next request would hear", async () => {
    const look = (cost = 1) =>
      ask<{ limits: LimitState[] }>(
        stack.sql,
        `peek_rate_limits('a', '${ip}', null, '${JSON.stringify([ipLimit(3)])}', ${cost})`,
      );
    expect((await look()).limits[0]).toMatchObject({
      allowed: true,
      remaining: 3,
      retry_after_ms: 0,
      reset_after_ms: 0,
    });
    expect(await stack.sql`select from vidops.rate_limit_state`).toHaveLength(0);
    await checkOne(stack.sql, ip, "a", 3, 60, 2);
    const before = await counted(stack.sql);
    expect((await look()).limits[0]).toMatchObject({ allowed: true, remaining: 1 });
    expect((await look(2)).limits[0]).toMatchObject({ allowed: false, remaining: 1 });
    expect(await counted(stack.sql)).toEqual(before);
    expect(await failure(look(4))).toBe("22023");
  });

  it("without limits shows the rules that concern who is named, and what else was counted", async () => {
    await checkOne(stack.sql, ip, "video_generation", 7, 60, 3);
    const { limits } = await ask<{ limits: LimitState[] }>(
      stack.sql,
      `peek_rate_limits('video_generation', '${ip}')`,
    );
    expect(limits.map(({ name, limit, remaining }) => [name, limit, remaining])).toEqual([
      ["per_ip", 10, 10],
      ["per_ip_60", 7, 4],
    ]);
    expect(await ask(stack.sql, "peek_rate_limits('nothing here')")).toEqual({ success: true, limits: [] });
    const dear = await ask<{ limits: LimitState[] }>(
      stack.sql,
      `peek_rate_limits('video_generation', '${ip}', p_cost => 11)`,
    ).catch(() => null);
    for (const limit of dear?.limits ?? []) expect(limit.retry_after_ms).not.toBeNull();
  });
});
