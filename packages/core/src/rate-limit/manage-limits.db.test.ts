import { createTestStack, type TestStack } from "@vidops/local/testing";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createDatabase, type Database } from "../database/index.ts";
import {
  listRateLimitLog,
  listRateLimitRules,
  peekRateLimits,
  resetRateLimits,
  setRateLimitRule,
  topRateLimits,
} from "./index.ts";

let stack: TestStack;
let db: Database;
let userId: string;
let adminUserId: string;
let userToken: string;

beforeAll(async () => {
  stack = await createTestStack();
  db = createDatabase({ url: stack.url, key: stack.secretKey, runId: "run_test" });
  const user = await stack.createUser();
  [userId, userToken] = [user.id, user.accessToken];
  adminUserId = (await stack.createUser({ isAdmin: true })).id;
});
afterAll(() => stack[Symbol.asyncDispose]());

beforeEach(async () => {
  await stack.sql`truncate vidops.rate_limit_state, rate_limit_rules`;
});

describe("rules", () => {
  const rule = { action: "login", per: "ip", windowSeconds: 900, reason: "why" } as const;

  it("are set, changed and taken away, each once, with an audit row", async () => {
    const change = (maxRequests: number | null, dryRun = false) =>
      setRateLimitRule(db, { ...rule, maxRequests, adminUserId, dryRun });
    expect(await change(5, true)).toMatchObject({
      changed: true,
      before: null,
      after: 5,
      actionId: null,
      rules: [],
      dryRun: true,
    });
    const made = await change(5);
    expect(made).toMatchObject({
      changed: true,
      before: null,
      after: 5,
      actionId: expect.stringMatching(/^\d+$/),
    });
    expect(made.rules).toEqual([
      {
        action: "login",
        per: "ip",
        tier: "any",
        windowSeconds: 900,
        maxRequests: 5,
        updatedAt: expect.stringMatching(/Z$/),
      },
    ]);
    expect(await listRateLimitRules(db, { action: "login" })).toEqual(made.rules);
    expect(await listRateLimitRules(db, { action: "other" })).toEqual([]);
    expect(await change(5)).toMatchObject({ changed: false, actionId: null });
    expect(await change(6)).toMatchObject({ before: 5, after: 6 });
    expect(await change(null)).toMatchObject({ before: 6, after: null, rules: [] });
    const audit = await stack.sql`select run_id, details ->> 'before' as before, details ->> 'after' as after
      from admin_actions where action_type = 'rate_limit_rule' order by id`;
    expect([...audit]).toEqual([
      { run_id: "run_test", before: null, after: "5" },
      { run_id: "run_test", before: "5", after: "6" },
      { run_id: "run_test", before: "6", after: null },
    ]);
  });

  it.each([
    ["action", { action: " " }],
    ["per", { per: "key" as never }],
    ["tier", { tier: "gold" as never }],
    ["tier", { per: "global" as const, tier: "free" as const }],
    ["windowSeconds", { windowSeconds: 0 }],
    ["windowSeconds", { windowSeconds: 366 * 86_400 + 1 }],
    ["maxRequests", { maxRequests: 0 }],
    ["maxRequests", { maxRequests: 1_000_000_001 }],
    ["reason", { reason: " " }],
    ["adminUserId", { adminUserId: "ops" }],
  ])("refuse a bad %s before anything is sent: %j", async (field, bad) => {
    stack.requests.length = 0;
    await expect(
      setRateLimitRule(db, { ...rule, maxRequests: 5, adminUserId, ...bad }),
    ).rejects.toMatchObject({ code: "ERR_4008", details: { field } });
    expect(stack.requests).toEqual([]);
  });
});

describe("peekRateLimits and resetRateLimits", () => {
  const limits = [{ name: "own", per: "key", key: "team 7", max_requests: 2, window_seconds: 60 }];
  const reset = { action: "login", reason: "why" } as const;

  it("look at an address, a user, everybody; and forget one of them, or a key", async () => {
    const { sql } = stack;
    await sql`insert into rate_limit_rules (action, per, tier, window_seconds, max_requests)
      values ('login', 'ip', 'any', 60, 3), ('login', 'user', 'any', 60, 3), ('login', 'global', 'any', 60, 3)`;
    await sql`select check_rate_limits('login', '2001:db8:1:2::9', ${userId}::uuid)`;
    await sql`select check_rate_limits('login', p_limits => ${sql.json(limits as never)})`;
    const names = async (query: { ip?: string; userId?: string; cost?: number }) =>
      (await peekRateLimits(db, { action: "login", ...query })).map(({ name, remaining, allowed }) => [
        name,
        remaining,
        allowed,
      ]);
    expect(await names({})).toEqual([["global", 2, true]]);
    expect(await names({ ip: "2001:db8:1:2:3::4", cost: 3 })).toEqual([
      ["global", 2, false],
      ["per_ip", 2, false],
    ]);
    expect(await names({ userId })).toEqual([
      ["global", 2, true],
      ["per_user", 2, true],
    ]);
    const clear = (per: "ip" | "user" | "global" | "key", subject: string | null, dryRun = false) =>
      resetRateLimits(db, { ...reset, per, subject, adminUserId, dryRun });
    expect(await clear("key", "team 7", true)).toMatchObject({
      actionId: null,
      dryRun: true,
      cleared: [{ remaining: 1 }],
    });
    for (const [per, subject] of [
      ["ip", "2001:db8:1:2:3::4"],
      ["user", userId],
      ["global", null],
      ["key", "team 7"],
    ] as const) {
      expect(await clear(per, subject)).toMatchObject({ actionId: expect.any(String), cleared: [{ per }] });
      expect(await clear(per, subject)).toMatchObject({
        ...{ actionId: null, cleared: [], changed: false, dryRun: false },
      });
    }
    expect(await names({ ip: "2001:db8:1:2:3::4", userId })).toEqual([
      ["global", 3, true],
      ["per_ip", 3, true],
      ["per_user", 3, true],
    ]);
  });

  it.each([
    ["subject", { per: "user" as const, subject: "ada" }],
    ["subject", { per: "ip" as const, subject: "" }],
    ["subject", { per: "global" as const, subject: "x" }],
    ["per", { per: "team" as never, subject: "x" }],
    ["action", { per: "global" as const, subject: null, action: "" }],
    ["reason", { per: "global" as const, subject: null, reason: "" }],
  ])("refuse a bad %s before anything is sent: %j", async (field, bad) => {
    stack.requests.length = 0;
    await expect(resetRateLimits(db, { ...reset, adminUserId, ...bad })).rejects.toMatchObject({
      code: "ERR_4008",
      details: { field },
    });
    expect(stack.requests).toEqual([]);
  });

  it("are for operators; what changes something needs to know which", async () => {
    const asUser = createDatabase({ url: stack.url, key: stack.publishableKey, accessToken: userToken });
    const asAnon = createDatabase({ url: stack.url, key: stack.publishableKey });
    const global = { ...reset, per: "global", subject: null } as const;
    const asked: (() => Promise<unknown>)[] = [asUser, asAnon].flatMap((client) => [
      () => peekRateLimits(client, { action: "login" }),
      () => topRateLimits(client, { by: "ip", since: new Date(Date.now() - 60_000) }),
      () => listRateLimitLog(client),
      () => resetRateLimits(client, { ...global, adminUserId }),
    ]);
    asked.push(
      () => resetRateLimits(db, global),
      () =>
        setRateLimitRule(db, { action: "login", per: "ip", windowSeconds: 1, maxRequests: 1, reason: "why" }),
    );
    for (const ask of asked) await expect(ask()).rejects.toMatchObject({ code: "ERR_4006" });
    expect(await listRateLimitRules(asUser)).toEqual([]);
  });
});
