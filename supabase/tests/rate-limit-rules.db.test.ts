import { createTestStack, type TestStack, type TestUser } from "@vidops/local/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Answer, ask, atOnce, failure, withConnections } from "./rate-limit-calls.ts";

let stack: TestStack;
let admin: TestUser;
let free: TestUser;
let premium: TestUser;
beforeAll(async () => {
  stack = await createTestStack();
  admin = await stack.createUser({ isAdmin: true });
  free = await stack.createUser();
  premium = await stack.createUser({ columns: { tier: "premium" } });
});
afterAll(() => stack[Symbol.asyncDispose]());

const ip = "203.0.113.7";
interface Change {
  success: boolean;
  changed: boolean;
  action_id: number | null;
  before: number | null;
  after: number | null;
  rules: Record<string, unknown>[];
  dry_run: boolean;
}

async function set(
  action: string,
  per: string,
  tier: string,
  window: number,
  max: number | null,
  more: { dryRun?: boolean; reason?: string; runId?: string } = {},
  sql = stack.sql,
): Promise<Change> {
  const [row] = await sql`
    select public.set_rate_limit_rule(${action}, ${per}, ${tier}, ${window}, ${max}, ${more.reason ?? "because"}, ${admin.id},
      ${more.dryRun ?? false}, ${more.runId ?? null}) as answer`;
  return row?.answer;
}

async function check(
  action: string,
  user: string | null = null,
  address: string | null = ip,
): Promise<Answer> {
  const [row] = await stack.sql`select public.check_rate_limits(${action}, ${address}, ${user}) as answer`;
  return row?.answer;
}
const brief = (answer: Answer): unknown[] =>
  answer.limits.map((limit) => [limit.name, limit.limit, limit.remaining]);

describe("the rules of an action", () => {
  it("start with what the product ships: 10 videos an hour", async () => {
    expect(brief(await check("video_generation"))).toEqual([["per_ip", 10, 9]]);
    expect(brief(await check("video_generation", premium.id, "203.0.113.8"))).toEqual([["per_ip", 10, 9]]);
  });

  it("of a tier stand in for those of any, for the same kind of subject alone", async () => {
    await set("tiers", "ip", "any", 60, 100);
    await set("tiers", "user", "any", 60, 5);
    await set("tiers", "user", "any", 3600, 50);
    await set("tiers", "user", "premium", 60, 20);
    await set("tiers", "global", "any", 60, 1_000);
    expect(brief(await check("tiers", free.id))).toEqual([
      ["global", 1_000, 999],
      ["per_ip", 100, 99],
      ["per_user_60", 5, 4],
      ["per_user_3600", 50, 49],
    ]);
    expect(brief(await check("tiers", premium.id))).toEqual([
      ["global", 1_000, 998],
      ["per_ip", 100, 98],
      ["per_user", 20, 19],
    ]);
  });

  it("are those of the free tier for who is not signed in, or is not in public.users", async () => {
    await set("nobody", "ip", "free", 60, 3);
    await set("nobody", "ip", "premium", 60, 30);
    expect(brief(await check("nobody"))).toEqual([["per_ip", 3, 2]]);
    expect(brief(await check("nobody", "00000000-0000-4000-8000-00000000dead"))).toEqual([["per_ip", 3, 1]]);
    expect(brief(await check("nobody", premium.id))).toEqual([["per_ip", 30, 27]]);
    await stack.sql`update public.users set tier = 'premium' where id = ${free.id}`;
    expect(brief(await check("nobody", free.id))).toEqual([["per_ip", 30, 26]]);
    await stack.sql`update public.users set tier = 'free' where id = ${free.id}`;
  });

  it("that are not there refuse the request, and nothing is counted", async () => {
    expect(await check("no such action")).toMatchObject({
      success: false,
      error: "no_rate_limit_rule",
      code: "ERR_6003",
    });
    await set("only premium", "user", "premium", 60, 3);
    expect(await check("only premium", free.id)).toMatchObject({ error: "no_rate_limit_rule" });
    expect(await check("only premium", premium.id)).toMatchObject({ allowed: true });
  });

  it("that need a user or an address refuse a request without one", async () => {
    await set("needs user", "user", "any", 60, 3);
    expect(await check("needs user")).toMatchObject({
      success: false,
      error: "rate_limit_needs_user",
      code: "ERR_4005",
    });
    await set("needs ip", "ip", "any", 60, 3);
    expect(await failure(check("needs ip", free.id, null))).toBe("22023");
    expect(await stack.sql`select from vidops.rate_limit_state where action like 'needs %'`).toHaveLength(0);
  });

  it("are in force at the next check once they change, and what was counted still counts", async () => {
    await set("change", "ip", "any", 60, 3);
    for (let call = 0; call < 3; call++) expect(await check("change")).toMatchObject({ allowed: true });
    expect(await check("change")).toMatchObject({ allowed: false });
    await set("change", "ip", "any", 60, 5);
    expect(brief(await check("change"))).toEqual([["per_ip", 5, 1]]);
    await set("change", "ip", "any", 60, 200);
    expect(brief(await check("change"))).toEqual([["per_ip", 200, 195]]);
    await set("change", "ip", "any", 60, 2);
    const lowered = await check("change");
    expect([lowered.allowed, brief(lowered)]).toEqual([false, [["per_ip", 2, 0]]]);
    expect(lowered.limits[0]?.retry_after_ms).toBeGreaterThan(59_000);
    await set("change", "ip", "any", 60, null);
    expect(await check("change")).toMatchObject({ error: "no_rate_limit_rule" });
    await set("change", "ip", "any", 60, 6);
    expect(brief(await check("change"))).toEqual([["per_ip", 6, 0]]);
    // A window of another length counts anew.
    await set("change", "ip", "any", 60, null);
    await set("change", "ip", "any", 61, 6);
    expect(brief(await check("change"))).toEqual([["per_ip", 6, 5]]);
  });
});

describe("setting a rule", () => {
  it("says what was and what is, and leaves an audit row when it changed anything", async () => {
    const first = await set("audit", "user", "any", 60, 5, { reason: "  too many  ", runId: "run 1" });
    expect(first).toMatchObject({ success: true, changed: true, before: null, after: 5, dry_run: false });
    expect(first.rules).toEqual([
      expect.objectContaining({
        action: "audit",
        per: "user",
        tier: "any",
        window_seconds: 60,
        max_requests: 5,
      }),
    ]);
    expect(await set("audit", "user", "any", 60, 5)).toMatchObject({
      changed: false,
      action_id: null,
      before: 5,
      after: 5,
    });
    expect(await set("audit", "user", "any", 60, 9, { dryRun: true })).toMatchObject({
      ...{ changed: true, action_id: null, before: 5, after: 9, dry_run: true },
      rules: [expect.objectContaining({ max_requests: 5 })],
    });
    expect(await set("audit", "user", "any", 60, null)).toMatchObject({
      changed: true,
      before: 5,
      after: null,
      rules: [],
    });
    expect(await set("audit", "user", "any", 60, null)).toMatchObject({
      changed: false,
      before: null,
      after: null,
    });
    const rows = await stack.sql`
      select admin_user_id, action_type, target_user_id, reason, details, run_id from public.admin_actions
      where details ->> 'action' = 'audit' order by id`;
    const details = { action: "audit", per: "user", tier: "any", window_seconds: 60 };
    const row = { admin_user_id: admin.id, action_type: "rate_limit_rule", target_user_id: null };
    expect(rows).toEqual([
      { ...row, reason: "too many", details: { ...details, before: null, after: 5 }, run_id: "run 1" },
      { ...row, reason: "because", details: { ...details, before: 5, after: null }, run_id: null },
    ]);
  });

  it.each([
    "'a', 'key', 'any', 60, 5, 'r'",
    "'a', 'ip', 'gold', 60, 5, 'r'",
    "'a', 'global', 'free', 60, 5, 'r'",
    "'a', null, 'any', 60, 5, 'r'",
    "'a', 'ip', null, 60, 5, 'r'",
    "'a', 'ip', 'any', 0, 5, 'r'",
    "'a', 'ip', 'any', 31622401, 5, 'r'",
    "'a', 'ip', 'any', null, 5, 'r'",
    "'a', 'ip', 'any', 60, 0, 'r'",
    "'a', 'ip', 'any', 60, -1, 'r'",
    "'a', 'ip', 'any', 60, 1000000001, 'r'",
    "'', 'ip', 'any', 60, 5, 'r'",
    "null, 'ip', 'any', 60, 5, 'r'",
    "repeat('a', 101), 'ip', 'any', 60, 5, 'r'",
    "'a', 'ip', 'any', 60, 5, ' '",
    "'a', 'ip', 'any', 60, 5, null",
    "'a', 'ip', 'any', 60, 5, repeat('r', 501)",
  ])("refuses (%s)", async (args) => {
    expect(await failure(ask(stack.sql, `set_rate_limit_rule(${args}, '${admin.id}')`))).toBe("22023");
  });

  it("by 16 at once changes it 16 times in one order: each audit row starts where the one before ended", async () => {
    await withConnections(stack.dbUrl, 16, (sql) =>
      atOnce(16, (index) => set("race", "ip", "any", 60, 100 + index, {}, sql)),
    );
    const rows = await stack.sql`
      select (details ->> 'before')::int as before, (details ->> 'after')::int as after from public.admin_actions
      where details ->> 'action' = 'race' order by id`;
    expect(rows).toHaveLength(16);
    expect(rows.map((row) => row.before)).toEqual([null, ...rows.map((row) => row.after).slice(0, -1)]);
    expect((await check("race")).limits[0]?.limit).toBe(rows.at(-1)?.after);
  });

  it("holds up no check while it is not committed", async () => {
    await set("busy", "ip", "any", 60, 5);
    await stack.sql.begin(async (other) => {
      await set("busy", "ip", "any", 60, 9, {}, other as unknown as TestStack["sql"]);
      const started = performance.now();
      expect(brief(await check("busy"))).toEqual([["per_ip", 5, 4]]);
      expect(performance.now() - started).toBeLessThan(1_000);
    });
    expect(brief(await check("busy"))).toEqual([["per_ip", 9, 7]]);
  });
});
