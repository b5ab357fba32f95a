import { createTestStack, type TestStack } from "@vidops/local/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  atOnce,
  checkMany,
  counted,
  failure,
  keyLimit,
  type Limit,
  withConnections,
} from "./rate-limit-calls.ts";

let stack: TestStack;
let user: string;
beforeAll(async () => {
  stack = await createTestStack();
  user = (await stack.createUser()).id;
});
afterAll(() => stack[Symbol.asyncDispose]());

const ip = "203.0.113.7";
const everyKind = (max: number): Limit[] => [
  { name: "per_user", per: "user", max_requests: max, window_seconds: 60 },
  { name: "per_ip", per: "ip", max_requests: max, window_seconds: 60 },
  { name: "everybody", per: "global", max_requests: max, window_seconds: 60 },
  keyLimit("session", max),
];

describe("several limits at once", () => {
  it("are answered in one order, whatever the order they are given in, each with its subject", async () => {
    const forward = await checkMany(stack.sql, "order", everyKind(5), { ip, user });
    const backward = await checkMany(stack.sql, "order", everyKind(5).toReversed(), { ip, user });
    expect(
      forward.limits.map(({ name, per, subject, remaining }) => ({ name, per, subject, remaining })),
    ).toEqual([
      { name: "everybody", per: "global", subject: null, remaining: 4 },
      { name: "per_ip", per: "ip", subject: ip, remaining: 4 },
      { name: "per_key", per: "key", subject: "session", remaining: 4 },
      { name: "per_user", per: "user", subject: user, remaining: 4 },
    ]);
    expect(backward.limits.map((limit) => limit.name)).toEqual(forward.limits.map((limit) => limit.name));
  });

  it("sort two windows of one subject by their length", async () => {
    const limits = [
      keyLimit("w", 5, 3600, "hour"),
      keyLimit("w", 5, 60, "minute"),
      keyLimit("w", 5, 300, "five"),
    ];
    const { limits: answered } = await checkMany(stack.sql, "windows", limits);
    expect(answered.map((limit) => limit.name)).toEqual(["minute", "five", "hour"]);
  });

  it("count nothing in any of them when one refuses, and say which", async () => {
    const limits = everyKind(5).map((limit) => (limit.per === "key" ? { ...limit, max_requests: 2 } : limit));
    for (let call = 0; call < 2; call++) await checkMany(stack.sql, "nothing", limits, { ip, user });
    const before = await counted(stack.sql);
    const refused = await checkMany(stack.sql, "nothing", limits, { ip, user });
    expect(refused).toMatchObject({ success: true, allowed: false, reservation: null });
    expect(refused.limits.filter((limit) => !limit.allowed).map((limit) => limit.name)).toEqual(["per_key"]);
    expect(refused.limits.map((limit) => limit.remaining)).toEqual([3, 3, 0, 3]);
    expect(refused.limits.map((limit) => limit.retry_after_ms > 0)).toEqual([false, false, true, false]);
    expect(await counted(stack.sql)).toEqual(before);
    const [logged] =
      await stack.sql`select limit_name from public.rate_limit_log where action = 'nothing' and not allowed`;
    expect(logged).toEqual({ limit_name: "per_key" });
  });

  it("name all that refuse, also those that only the cost is too much for", async () => {
    await checkMany(
      stack.sql,
      "all",
      [keyLimit("a", 3, 60, "a"), keyLimit("b", 4, 60, "b"), keyLimit("c", 9, 60, "c")],
      { cost: 2 },
    );
    const refused = await checkMany(
      stack.sql,
      "all",
      [keyLimit("a", 3, 60, "a"), keyLimit("b", 4, 60, "b"), keyLimit("c", 9, 60, "c")],
      { cost: 3 },
    );
    expect(refused.limits.map(({ name, allowed, remaining }) => [name, allowed, remaining])).toEqual([
      ["a", false, 1],
      ["b", false, 2],
      ["c", true, 7],
    ]);
  });

  it("of ten are judged; eleven, none, and two of one name or of one subject and window are refused", async () => {
    const ten = Array.from({ length: 10 }, (_, index) => keyLimit(`k${index}`, 1, 60, `n${index}`));
    expect((await checkMany(stack.sql, "ten", ten)).limits).toHaveLength(10);
    expect(await checkMany(stack.sql, "ten", ten)).toMatchObject({ allowed: false });
    const refused: Limit[][] = [
      [...ten, keyLimit("k10", 1, 60, "n10")],
      [],
      [keyLimit("x", 1, 60, "same"), keyLimit("y", 1, 60, "same")],
      [keyLimit("x", 1, 60, "one"), keyLimit("x", 2, 60, "two")],
      [
        { name: "a", per: "global", max_requests: 1, window_seconds: 60 },
        { name: "b", per: "global", max_requests: 2, window_seconds: 60 },
      ],
    ];
    for (const limits of refused) expect(await failure(checkMany(stack.sql, "ten", limits))).toBe("22023");
  });
});

describe("clients at once that name limits in opposed order", () => {
  it("never wait for each other in a circle, and each of them is counted", async () => {
    const limits = [...everyKind(100_000), keyLimit("other", 100_000, 3600, "other")];
    await withConnections(stack.dbUrl, 16, async (sql) => {
      const codes = await atOnce(640, (index) =>
        failure(
          checkMany(sql, "opposed", index % 2 === 0 ? limits : limits.toReversed(), {
            ip,
            user,
            reserve: index % 5 === 0,
          }),
        ),
      );
      expect(codes.filter((code) => code !== null)).toEqual([]);
    });
    const totals = await stack.sql`
      select totals[cardinality(totals)]::int as total from vidops.rate_limit_state where action = 'opposed'`;
    expect(totals).toEqual(Array.from({ length: 5 }, () => ({ total: 640 })));
  });

  it("fill the narrowest limit exactly, and leave in the others what that one admitted", async () => {
    await withConnections(stack.dbUrl, 64, async (sql) => {
      for (let round = 0; round < 5; round++) {
        const action = `narrow ${round}`;
        const limits = everyKind(50).map((limit) =>
          limit.per === "ip" ? { ...limit, max_requests: 7 } : limit,
        );
        const answers = await atOnce(128, (index) =>
          checkMany(sql, action, index % 2 === 0 ? limits : limits.toReversed(), { ip, user }),
        );
        expect(answers.filter((answer) => answer.allowed)).toHaveLength(7);
        const totals = await stack.sql`
          select totals[cardinality(totals)]::int as total from vidops.rate_limit_state where action = ${action}`;
        expect(totals).toEqual(Array.from({ length: 4 }, () => ({ total: 7 })));
      }
    });
  });

  it.each([
    ["forgotten by the app", "forget_rate_limits('circle', $limits)"],
    ["reset by an operator", "reset_rate_limits('circle', 'key', 'w', 'because', '$admin')"],
    ["cleaned up", "cleanup_rate_limit_state()"],
  ])("do not fail when what they count is %s meanwhile", async (_, template) => {
    const admin = (await stack.createUser({ isAdmin: true })).id;
    // One subject with some windows for the reset; rows made in another order than checks take them.
    const limits = [5, 4, 3, 2, 1].map((hours) => keyLimit("w", 1_000_000, hours * 3600, `h${hours}`));
    const call = template.replace("$limits", `'${JSON.stringify(limits)}'`).replace("$admin", admin);
    await withConnections(stack.dbUrl, 12, async (sql) => {
      for (let round = 0; round < 20; round++) {
        for (const limit of limits) await checkMany(sql, "circle", [limit]);
        await sql`
          update vidops.rate_limit_state set times = array['-infinity', now() - interval '9 hours']::timestamptz[], totals = '{0,1}', free_at = '-infinity',
            expires_at = now() - interval '3 hours' + random() * interval '1 hour' where action = 'circle'`;
        const codes = await atOnce(36, (index) =>
          failure(index % 4 === 0 ? sql.unsafe(`select public.${call}`) : checkMany(sql, "circle", limits)),
        );
        expect(codes.filter((code) => code !== null)).toEqual([]);
      }
    });
  });
});
