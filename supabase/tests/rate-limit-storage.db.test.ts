import { setTimeout as sleep } from "node:timers/promises";
import { createTestStack, type TestStack } from "@vidops/local/testing";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import {
  age,
  ask,
  atOnce,
  checkMany,
  checkOne,
  counted,
  failure,
  ipLimit,
  keyLimit,
  withConnections,
} from "./rate-limit-calls.ts";

let stack: TestStack;
beforeAll(async () => {
  stack = await createTestStack();
});
afterAll(() => stack[Symbol.asyncDispose]());
beforeEach(async () => {
  await stack.sql`truncate vidops.rate_limit_state, vidops.rate_limit_reservations`;
});

const ip = "203.0.113.7";

/** Makes all rows look as if their last request had been some hours ago, in an order of expiry that is not that of their keys. */
async function expireAll(): Promise<void> {
  await stack.sql`
    update vidops.rate_limit_state set times = array['-infinity', now() - interval '9 hours']::timestamptz[], totals = '{0,1}', free_at = '-infinity',
      expires_at = now() - interval '1 hour' - (ascii(right(subject, 1)) * interval '1 minute')`;
}

describe("what is kept of a limit", () => {
  it.each([
    [10, 1],
    [100, 1],
    [101, 1],
    [1_000_000, 1],
    [1_000_000, 3600],
  ])(
    "stays a small row after 2,000 admissions and many windows: a limit of %i in %i s",
    async (max, window) => {
      let admitted = 0;
      while (admitted < 2_000) {
        const [batch] = await stack.sql`
        select count(*) filter (where (public.check_rate_limit(${ip}, 'bounded', ${max}, ${window}) ->> 'allowed')::boolean)::int as admitted
        from generate_series(1, ${Math.min(max, 300)}::int)`;
        admitted += batch?.admitted;
        // Windows go by: the row's times move into the past, as if the database had waited.
        await stack.sql`
        update vidops.rate_limit_state s set free_at = '-infinity',
          times = array(select t - ${window} * interval '0.4 seconds' from unnest(s.times) with ordinality u(t, i) order by i)`;
      }
      const [row] = await stack.sql`
      select cardinality(times) as entries, cardinality(totals) as totals, pg_column_size(s) as bytes, totals[cardinality(totals)]::int as total
      from vidops.rate_limit_state s`;
      expect(row?.total).toBe(admitted);
      expect(row?.entries).toBe(row?.totals);
      expect(row?.entries).toBeLessThanOrEqual(Math.min(max, 102) + 1);
      expect(row?.bytes).toBeLessThan(2_000);
    },
  );

  it("holds no more than both kinds of entries when the limit goes back and forth across 100", async () => {
    for (let round = 0; round < 3; round++) {
      for (const max of [100, 1_000, 100, 101]) {
        for (let call = 0; call < 60; call++) await checkOne(stack.sql, ip, "across", max, 1);
      }
    }
    const [row] = await stack.sql`select cardinality(times) as entries from vidops.rate_limit_state`;
    expect(row?.entries).toBeLessThanOrEqual(204);
  });

  it("is written anew within its page, mostly, when many are asked about", async () => {
    const updates = () => stack.sql`
      select n_tup_upd::int as all, n_tup_hot_upd::int as hot from pg_stat_user_tables where relname = 'rate_limit_state'`;
    const [before] = await updates();
    await withConnections(stack.dbUrl, 4, async (sql) => {
      for (let round = 0; round < 8; round++) {
        await sql`
          select public.check_rate_limit('10.0.' || i / 250 || '.' || i % 250, 'hot', 10, 3600) from generate_series(1, 1000) i`;
      }
      await sql`select pg_stat_force_next_flush()`;
    });
    await expect
      .poll(async () => ((await updates())[0]?.all ?? 0) - (before?.all ?? 0), { timeout: 5_000 })
      .toBeGreaterThanOrEqual(7_000);
    const [after] = await updates();
    expect((after?.hot - before?.hot) / (after?.all - before?.all)).toBeGreaterThan(0.9);
  });

  it("is not touched by a refusal", async () => {
    await checkOne(stack.sql, ip, "refusal", 1);
    const place = () => stack.sql`select ctid::text, xmin::text from vidops.rate_limit_state`;
    const before = await place();
    for (let call = 0; call < 5; call++) {
      expect(await checkOne(stack.sql, ip, "refusal", 1)).toMatchObject({ allowed: false });
      expect(await checkMany(stack.sql, "refusal", [ipLimit(1)], { ip })).toMatchObject({ allowed: false });
    }
    expect(await place()).toEqual(before);
  });

  it("does not make a refusal wait for who is writing it", async () => {
    await checkOne(stack.sql, ip, "waiting", 1);
    await stack.sql.begin(async (other) => {
      await other`select from vidops.rate_limit_state for update`;
      const started = performance.now();
      expect(await checkOne(stack.sql, ip, "waiting", 1)).toMatchObject({ allowed: false });
      expect(await checkMany(stack.sql, "waiting", [ipLimit(1)], { ip })).toMatchObject({ allowed: false });
      expect(performance.now() - started).toBeLessThan(1_000);
    });
  });
});

describe("waiting for the disk", () => {
  const limits = `'[{"name":"n","per":"ip","max_requests":5,"window_seconds":60}]'`;
  it.each([
    ["check_rate_limit", `check_rate_limit('${ip}', 'disk', 5, 60, p_wait_for_disk => $wait)`],
    ["check_rate_limits", `check_rate_limits('disk', '${ip}', null, ${limits}, p_wait_for_disk => $wait)`],
  ])("is left out by %s when told so, in that transaction alone", async (_, call) => {
    await withConnections(stack.dbUrl, 1, async (sql) => {
      // The tests' server does without by default.
      await sql`set synchronous_commit = on`;
      const setting = async (transaction: typeof sql) =>
        (await transaction`select current_setting('synchronous_commit') as value`)[0]?.value;
      for (const [wait, value] of [
        ["false", "off"],
        ["true", "on"],
        ["null", "on"],
      ] as const) {
        await sql.begin(async (transaction) => {
          await transaction.unsafe(`select public.${call.replace("$wait", wait)}`);
          expect([wait, await setting(transaction as unknown as typeof sql)]).toEqual([wait, value]);
        });
        expect(await setting(sql)).toBe("on");
      }
    });
  });
});

describe("the cleanup", () => {
  const cleanup = (call = "cleanup_rate_limit_state()") => ask(stack.sql, call);

  it("deletes no row that still counts, and each that no longer does, an hour or a quarter of its window later", async () => {
    for (const window of [1, 60, 3600, 86_400, 31_622_400]) await checkOne(stack.sql, ip, "age", 300, window);
    await age(stack.sql, "window_seconds * interval '0.999 seconds'");
    expect(await cleanup()).toMatchObject({ success: true, deleted: 0 });
    const [row] = await stack.sql`
      select bool_and(expires_at >= times[cardinality(times)] + make_interval(secs => window_seconds)) as later from vidops.rate_limit_state`;
    expect(row).toEqual({ later: true });
    await age(stack.sql, "(window_seconds * interval '0.26 seconds' + interval '61 minutes')");
    expect(await cleanup("cleanup_rate_limit_state(p_dry_run => true)")).toMatchObject({
      deleted: 0,
      would_delete: 5,
    });
    expect(await cleanup()).toMatchObject({ deleted: 5, more: false });
  });

  it("never lets an expiry fall behind while a row is used for long", async () => {
    await checkOne(stack.sql, ip, "long", 10, 60);
    for (let hour = 0; hour < 12; hour++) {
      await age(stack.sql, "interval '20 minutes'");
      for (const call of [
        () => checkOne(stack.sql, ip, "long", 10, 60),
        () => checkMany(stack.sql, "long", [ipLimit(10, 60)], { ip }),
      ]) {
        expect(await call()).toMatchObject({ allowed: true });
        const [row] = await stack.sql`
          select expires_at >= times[cardinality(times)] + make_interval(secs => window_seconds) as later from vidops.rate_limit_state`;
        expect(row).toEqual({ later: true });
      }
    }
  });

  it("leaves a row that came to be used again while it ran, with what it counts", async () => {
    await checkOne(stack.sql, ip, "again", 3);
    await expireAll();
    let cleaning: Promise<unknown> | undefined;
    await stack.sql.begin(async (other) => {
      expect(await checkOne(other as unknown as TestStack["sql"], ip, "again", 3)).toMatchObject({
        allowed: true,
      });
      cleaning = cleanup();
      await sleep(200);
    });
    expect(await cleaning).toMatchObject({ deleted: 0 });
    expect(await checkOne(stack.sql, ip, "again", 3)).toMatchObject({ allowed: true, remaining: 1 });
  });

  it("and a check that has one expired row and asks for another do not wait for each other", async () => {
    const [a, b] = [keyLimit("a", 5), keyLimit("b", 5)];
    for (const limit of [a, b]) await checkMany(stack.sql, "circle", [limit]);
    await expireAll();
    const codes = await stack.sql
      .begin(async (other) => {
        const open = other as unknown as TestStack["sql"];
        await checkMany(open, "circle", [a]);
        // It deletes b, which expired first, and meets a.
        const cleaning = failure(cleanup());
        await sleep(200);
        return [await failure(checkMany(open, "circle", [b])), await cleaning];
      })
      .catch((error) => [error.code]);
    expect(codes).toEqual([null, null]);
    expect(await counted(stack.sql)).toHaveLength(2);
  });

  it("runs beside checks of what it deletes, and nothing fails or is lost", async () => {
    await withConnections(stack.dbUrl, 12, async (sql) => {
      for (let round = 0; round < 10; round++) {
        for (const key of ["c", "b", "a"]) await checkMany(sql, "beside", [keyLimit(key, 5)]);
        await checkOne(sql, ip, "beside", 5);
        await expireAll();
        const answers = await atOnce(48, async (index) => {
          if (index % 6 === 0) return { allowed: null, code: await failure(cleanup()) };
          if (index % 2 === 0) return { ...(await checkOne(sql, ip, "beside", 5)), one: true };
          return await checkMany(
            sql,
            "beside",
            ["a", "b", "c"].map((key) => keyLimit(key, 5, 60, key)),
          );
        });
        const admitted = answers.filter((answer) => answer.allowed);
        expect(admitted.filter((answer) => "one" in answer)).toHaveLength(5);
        expect(admitted).toHaveLength(10);
        await stack.sql`truncate vidops.rate_limit_state`;
      }
    });
  });

  it("of reservations deletes those whose windows are over, by default a day later, and leaves what can still be given back", async () => {
    const held = await checkMany(stack.sql, "held", [keyLimit("k", 5)], { reserve: true });
    await checkMany(stack.sql, "held", [keyLimit("short", 5, 1)], { reserve: true });
    await sleep(1_050);
    expect(await cleanup("cleanup_rate_limit_reservations()")).toMatchObject({ deleted: 0 });
    expect(await cleanup("cleanup_rate_limit_reservations(0)")).toMatchObject({ deleted: 1 });
    expect(await ask(stack.sql, `release_rate_limit('${held.reservation}')`)).toEqual({
      success: true,
      changed: true,
    });
  });
});
