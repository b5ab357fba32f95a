import { setTimeout as sleep } from "node:timers/promises";
import { createTestStack, type TestStack } from "@vidops/local/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  type Answer,
  atOnce,
  checkMany,
  checkOne,
  failure,
  ipLimit,
  keyLimit,
  type ShortAnswer,
  withConnections,
} from "./rate-limit-calls.ts";

let stack: TestStack;
beforeAll(async () => {
  stack = await createTestStack();
});
afterAll(() => stack[Symbol.asyncDispose]());

type Sql = TestStack["sql"];
const ip = "203.0.113.7";
let actions = 0;
const newAction = (): string => `action ${++actions}`;

/** Of a time of the database, which JavaScript's own dates cut to milliseconds. */
function microseconds(time: string): number {
  const fraction = /\.(\d+)/.exec(time)?.[1] ?? "";
  return Date.parse(time.replace(/\.\d+/, "")) * 1_000 + Number(fraction.padEnd(6, "0"));
}

const one = (sql: Sql, action: string, max = 10, window = 60, cost = 1) =>
  checkOne(sql, ip, action, max, window, cost);
const many = (sql: Sql, action: string, max = 10, window = 60, cost = 1) =>
  checkMany(sql, action, [ipLimit(max, window)], { ip, cost });
type Caller = (...of: Parameters<typeof one>) => Promise<ShortAnswer | Answer>;
const callers: Record<string, Caller> = {
  check_rate_limit: one,
  check_rate_limits: many,
  "both, mixed": (...[sql, action, max, window, cost]: Parameters<typeof one>) =>
    Math.random() < 0.5 ? one(sql, action, max, window, cost) : many(sql, action, max, window, cost),
};

describe.each(Object.entries(callers))("calls at once of %s", (_, call) => {
  it.each([64, 128])("admit 10 of %i when the limit is 10, each time", async (count) => {
    await withConnections(stack.dbUrl, count, async (sql) => {
      for (let round = 0; round < 2; round++) {
        const action = newAction();
        const answers = await atOnce(count, () => call(sql, action));
        expect(answers.filter((answer) => answer.allowed)).toHaveLength(10);
      }
    });
  });

  it("admit what fits of requests that cost 3, and all at a limit above 100", async () => {
    await withConnections(stack.dbUrl, 64, async (sql) => {
      for (let round = 0; round < 2; round++) {
        const dear = await atOnce(64, () => call(sql, `dear ${actions}`, 10, 60, 3));
        expect(dear.filter((answer) => answer.allowed)).toHaveLength(3);
        actions += 1;
        const action = newAction();
        const large = (await atOnce(192, () => call(sql, action, 150))).filter((answer) => answer.allowed);
        expect(large).toHaveLength(150);
      }
    });
  });

  it("never admit more than the limit in a real window of a second, nor fewer than fit", async () => {
    const action = newAction();
    const admitted: number[] = [];
    await withConnections(stack.dbUrl, 8, async (sql) => {
      const until = performance.now() + 2_200;
      await atOnce(8, async () => {
        while (performance.now() < until) {
          const answer = await call(sql, action, 10, 1);
          // A window before the answer's reset is when the last request was counted, by the database's own clock.
          const reset = "limits" in answer ? answer.limits[0]?.reset_at : answer.reset_at;
          if (answer.allowed) admitted.push(microseconds(reset ?? ""));
        }
      });
    });
    admitted.sort((a, b) => a - b);
    const apart = admitted.slice(10).map((time, index) => time - (admitted[index] as number));
    expect(Math.min(...apart)).toBeGreaterThanOrEqual(1_000_000);
    expect(admitted.length).toBeGreaterThanOrEqual(20);
  });
});

describe("what both count", () => {
  it("is one state, of which both tell the same", async () => {
    const action = newAction();
    expect(await one(stack.sql, action)).toMatchObject({ allowed: true, remaining: 9 });
    expect((await many(stack.sql, action, 10, 60, 2)).limits[0]).toMatchObject({ remaining: 7 });
    expect(await one(stack.sql, action, 10, 60, 7)).toMatchObject({ allowed: true, remaining: 0 });
    const short = await one(stack.sql, action);
    const long = (await many(stack.sql, action)).limits[0];
    expect(short).toMatchObject({ allowed: false, limit: 10, remaining: 0, reset_at: long?.reset_at });
    expect(long).toMatchObject({ allowed: false, limit: 10, remaining: 0 });
    expect(short.retry_after).toBe(60);
    expect(
      await stack.sql`select totals::text from vidops.rate_limit_state where action = ${action}`,
    ).toEqual([{ totals: "{0,1,3,10}" }]);
  });

  it("is apart for each address, action, window, user and key", async () => {
    const action = newAction();
    const user = "00000000-0000-4000-8000-000000000001";
    const full = [
      () => checkOne(stack.sql, ip, action, 1),
      () => checkOne(stack.sql, "203.0.113.8", action, 1),
      () => checkOne(stack.sql, ip, `${action} `, 1),
      () => checkOne(stack.sql, ip, action.toUpperCase(), 1),
      () => checkOne(stack.sql, ip, action, 1, 61),
      () =>
        checkMany(stack.sql, action, [{ name: "u", per: "user", max_requests: 1, window_seconds: 60 }], {
          user,
        }),
      () => checkMany(stack.sql, action, [{ name: "g", per: "global", max_requests: 1, window_seconds: 60 }]),
      () => checkMany(stack.sql, action, [keyLimit(ip, 1)]),
      () => checkMany(stack.sql, action, [keyLimit(user, 1)]),
      () => checkMany(stack.sql, action, [keyLimit("global", 1)]),
      () => checkMany(stack.sql, action, [keyLimit(`ip:${ip}`, 1)]),
    ];
    for (const call of full) expect(await call()).toMatchObject({ allowed: true });
    for (const call of full) expect(await call()).toMatchObject({ allowed: false });
  });

  it("is given back within a millisecond of the time that the refusal told", async () => {
    const action = newAction();
    await one(stack.sql, action, 2, 1);
    await sleep(300);
    await one(stack.sql, action, 2, 1);
    const wait = (await many(stack.sql, action, 2, 1)).limits[0]?.retry_after_ms ?? 0;
    expect(wait).toBeGreaterThan(300);
    expect(wait).toBeLessThanOrEqual(700);
    await sleep(wait + 1);
    expect(await one(stack.sql, action, 2, 1)).toMatchObject({ allowed: true });
    expect(await one(stack.sql, action, 2, 1)).toMatchObject({ allowed: false });
  });

  it("is not more than the limit after a first request was rolled back that others waited for", async () => {
    await withConnections(stack.dbUrl, 40, async (sql) => {
      for (const call of [one, many] as Caller[]) {
        const action = newAction();
        let waiting: Promise<{ allowed: boolean }[]> | undefined;
        await stack.sql
          .begin(async (first) => {
            await call(first as unknown as Sql, action, 10, 1);
            waiting = atOnce(40, () => call(sql, action, 10, 1));
            await sleep(1_200);
            throw new Error("rolled back");
          })
          .catch(() => {});
        expect((await waiting)?.filter((answer) => answer.allowed)).toHaveLength(10);
      }
    });
  });
});

describe.each(["repeatable read", "serializable"])("transactions that are %s", (level) => {
  it.each(Object.entries(callers))(
    "get a right answer or an error from %s, never one too many",
    async (_, call) => {
      await withConnections(stack.dbUrl, 32, async (sql) => {
        for (let round = 0; round < 3; round++) {
          const action = newAction();
          const answers = await atOnce(64, async () => {
            let allowed = false;
            const code = await failure(
              sql.begin(`isolation level ${level}`, async (transaction) => {
                await transaction`select count(*) from vidops.rate_limit_state`;
                allowed = (await call(transaction as unknown as Sql, action)).allowed;
              }),
            );
            return { code, counts: allowed && code === null };
          });
          const counts = answers.filter((answer) => answer.counts).length;
          expect(counts).toBeGreaterThan(0);
          expect(counts).toBeLessThanOrEqual(10);
          expect(answers.filter(({ code }) => code !== null && code !== "40001")).toEqual([]);
          const [row] = await stack.sql`
          select totals[cardinality(totals)]::int as total from vidops.rate_limit_state where action = ${action}`;
          expect(row?.total).toBe(counts);
        }
      });
    },
  );
});
