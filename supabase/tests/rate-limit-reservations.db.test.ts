import { setTimeout as sleep } from "node:timers/promises";
import { createTestStack, type TestStack } from "@vidops/local/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  ask,
  atOnce,
  checkMany,
  failure,
  keyLimit,
  type Limit,
  withConnections,
} from "./rate-limit-calls.ts";

let stack: TestStack;
beforeAll(async () => {
  stack = await createTestStack();
});
afterAll(() => stack[Symbol.asyncDispose]());

let keys = 0;
const newKey = (): string => `key ${++keys}`;

async function reserve(limits: Limit[], cost = 1): Promise<string> {
  const answer = await checkMany(stack.sql, "work", limits, { cost, reserve: true });
  expect(answer).toMatchObject({ allowed: true, reservation: expect.stringMatching(/^[0-9a-f-]{36}$/) });
  return answer.reservation ?? "";
}
const release = (id: string, sql = stack.sql) => ask(sql, `release_rate_limit('${id}')`);
const commit = (id: string, sql = stack.sql) => ask(sql, `commit_rate_limit('${id}')`);

async function remaining(...limits: Limit[]): Promise<number[]> {
  const { limits: states } = await ask<{ limits: { remaining: number }[] }>(
    stack.sql,
    `peek_rate_limits('work', p_limits => '${JSON.stringify(limits)}')`,
  );
  return states.map((state) => state.remaining);
}

describe("a reserved slot", () => {
  it("is given back once: the second release changes nothing", async () => {
    const limit = keyLimit(newKey(), 2);
    const one = await reserve([limit]);
    await reserve([limit]);
    expect(await remaining(limit)).toEqual([0]);
    expect(await release(one)).toEqual({ success: true, changed: true });
    expect(await release(one)).toEqual({ success: true, changed: false });
    expect(await remaining(limit)).toEqual([1]);
    await reserve([limit]);
    expect(await checkMany(stack.sql, "work", [limit])).toMatchObject({ allowed: false });
  });

  it("is kept by a commit, after which a release is refused; and the other way round", async () => {
    const limit = keyLimit(newKey(), 5);
    const [kept, given] = [await reserve([limit]), await reserve([limit])];
    expect(await commit(kept)).toEqual({ success: true, changed: true });
    expect(await commit(kept)).toEqual({ success: true, changed: false });
    expect(await release(kept)).toMatchObject({
      success: false,
      error: "reservation_settled",
      code: "ERR_4010",
    });
    await release(given);
    expect(await commit(given)).toMatchObject({
      success: false,
      error: "reservation_settled",
      code: "ERR_4010",
    });
    expect(await remaining(limit)).toEqual([4]);
  });

  it("is not there when nobody asked for it, and an unknown one is refused", async () => {
    expect(await checkMany(stack.sql, "work", [keyLimit(newKey(), 5)])).toMatchObject({ reservation: null });
    for (const call of ["release_rate_limit", "commit_rate_limit"]) {
      expect(await ask(stack.sql, `${call}('00000000-0000-4000-8000-00000000dead')`)).toMatchObject({
        success: false,
        error: "reservation_not_found",
        code: "ERR_4007",
      });
      expect(await failure(ask(stack.sql, `${call}(null)`))).toBe("22023");
      expect(await failure(ask(stack.sql, `${call}('nonsense')`))).toBe("22P02");
    }
  });

  it("is not made by a request that is refused", async () => {
    const limit = keyLimit(newKey(), 1);
    await reserve([limit]);
    const refused = await checkMany(stack.sql, "work", [limit], { reserve: true });
    expect(refused).toMatchObject({ allowed: false, reservation: null });
  });

  it("of a cost of 3 gives 3 back, in each of its limits", async () => {
    const limits = [keyLimit(newKey(), 10, 60, "minute"), keyLimit(newKey(), 1_000, 3600, "hour")];
    await reserve(limits);
    const dear = await reserve(limits, 3);
    await reserve(limits);
    expect(await remaining(...limits)).toEqual([5, 995]);
    expect(await release(dear)).toEqual({ success: true, changed: true });
    expect(await remaining(...limits)).toEqual([8, 998]);
  });

  it("above 100, where requests share an entry, gives back only its own", async () => {
    const limit = keyLimit(newKey(), 500, 86_400);
    const ids = [];
    for (const cost of [1, 5, 20, 100]) ids.push(await reserve([limit], cost));
    const [row] = await stack.sql`
      select totals::text from vidops.rate_limit_state where subject = ${`key:${limit.key}`}`;
    expect(row).toEqual({ totals: "{0,126}" });
    await release(ids[2] ?? "");
    expect(await remaining(limit)).toEqual([394]);
    await release(ids[0] ?? "");
    await release(ids[3] ?? "");
    await release(ids[1] ?? "");
    expect(await remaining(limit)).toEqual([500]);
    expect(
      await stack.sql`
      select totals::text, times::text from vidops.rate_limit_state where subject = ${`key:${limit.key}`}`,
    ).toEqual([{ totals: "{0}", times: "{-infinity}" }]);
  });

  it("from the middle leaves the others' times as they are", async () => {
    const limit = keyLimit(newKey(), 3, 2);
    await reserve([limit]);
    await sleep(400);
    const middle = await reserve([limit]);
    await sleep(400);
    await reserve([limit]);
    await release(middle);
    await reserve([limit]);
    const refused = await checkMany(stack.sql, "work", [limit]);
    expect(refused.allowed).toBe(false);
    expect(refused.limits[0]?.retry_after_ms).toBeLessThanOrEqual(1_200);
    await sleep((refused.limits[0]?.retry_after_ms ?? 0) + 1);
    expect(await checkMany(stack.sql, "work", [limit])).toMatchObject({ allowed: true });
    expect(await checkMany(stack.sql, "work", [limit])).toMatchObject({ allowed: false });
  });

  it.each([10, 300])(
    "has nothing to give back once its window is over, and takes nothing from later ones (limit %i)",
    async (max) => {
      const limit = keyLimit(newKey(), max, 1);
      const old = await reserve([limit], 5);
      await sleep(1_020);
      const fresh = await reserve([limit], 6);
      expect(await release(old)).toEqual({ success: true, changed: true });
      expect(await remaining(limit)).toEqual([max - 6]);
      expect(await release(fresh)).toEqual({ success: true, changed: true });
      expect(await remaining(limit)).toEqual([max]);
    },
  );

  it("of two windows gives back only in the one that still counts it", async () => {
    const limits = [keyLimit(newKey(), 10, 1, "second"), keyLimit(newKey(), 10, 60, "minute")];
    const old = await reserve(limits, 4);
    await sleep(1_020);
    await reserve(limits, 2);
    await release(old);
    expect(await remaining(...limits)).toEqual([8, 8]);
  });

  it.each([10, 300])("made before a reset gives nothing back after it (limit %i)", async (max) => {
    const limit = keyLimit(newKey(), max, 86_400);
    const before = await reserve([limit], 4);
    await ask(stack.sql, `forget_rate_limits('work', '${JSON.stringify([limit])}')`);
    await reserve([limit], 4);
    expect(await release(before)).toEqual({ success: true, changed: true });
    expect(await remaining(limit)).toEqual([max - 4]);
  });

  it("is given back under the limit it was taken by, whatever the limit is now", async () => {
    const key = newKey();
    const taken = await reserve([keyLimit(key, 300)], 50);
    await checkMany(stack.sql, "work", [keyLimit(key, 100)], { cost: 10 });
    await release(taken);
    expect(await remaining(keyLimit(key, 20))).toEqual([10]);
  });
});

describe("settled by many at once", () => {
  it("is given back by one of 16 releases, one slot of it", async () => {
    await withConnections(stack.dbUrl, 16, async (sql) => {
      for (let round = 0; round < 10; round++) {
        const limits = [keyLimit(newKey(), 5, 60, "a"), keyLimit(newKey(), 500, 60, "b")];
        await reserve(limits);
        const id = await reserve(limits);
        const answers = await atOnce(16, () => release(id, sql));
        expect(answers.filter((answer) => answer.changed === true)).toHaveLength(1);
        expect(await remaining(...limits)).toEqual([4, 499]);
      }
    });
  });

  it("is either kept or given back when both are asked for", async () => {
    await withConnections(stack.dbUrl, 16, async (sql) => {
      for (let round = 0; round < 10; round++) {
        const limit = keyLimit(newKey(), 5);
        const id = await reserve([limit]);
        const answers = await atOnce(16, (index) => (index % 2 === 0 ? release(id, sql) : commit(id, sql)));
        expect(answers.filter((answer) => answer.changed === true)).toHaveLength(1);
        expect(answers.filter((answer) => answer.error === "reservation_settled")).toHaveLength(8);
        const given = answers.findIndex((answer) => answer.changed === true) % 2 === 0;
        expect(await remaining(limit)).toEqual([given ? 5 : 4]);
      }
    });
  });

  it("fails no request that is judged meanwhile, and the sums are right", async () => {
    await withConnections(stack.dbUrl, 16, async (sql) => {
      const limits = [keyLimit(newKey(), 100_000, 60, "a"), keyLimit(newKey(), 100_000, 3600, "b")];
      const kept = await atOnce(200, async (index) => {
        const { reservation } = await checkMany(sql, "work", index % 2 ? limits : limits.toReversed(), {
          cost: 2,
          reserve: true,
        });
        if (index % 3 === 0) await release(reservation ?? "", sql);
        return index % 3 === 0 ? 0 : 2;
      });
      const used = kept.reduce<number>((sum, cost) => sum + cost, 0);
      expect(await remaining(...limits)).toEqual([100_000 - used, 100_000 - used]);
    });
  });
});
