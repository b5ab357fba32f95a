import { performance } from "node:perf_hooks";
import { startLocal } from "@vidops/local";
import type pg from "pg";
import { firstRateLimitSchema } from "./first-rate-limiter.ts";
import { type Benchmark, type Comparison, compare, median, percentile } from "./measure.ts";
import { action, address, check, flexible, openPool } from "./rate-limit-contenders.ts";

const sizes = [1_000, 100_000, 1_000_000] as const;
const timedChecks = 2_000;
const limit = 100;
const state = "vidops.rate_limit_state";

/** What a key takes on disk, and whether a check takes longer when there are more keys, or when more is behind one key. */
export const rateLimitSize: Benchmark = {
  name: "rate-limit-size",
  async run(say) {
    await using stack = await startLocal({ port: 0, dbPort: 0, ephemeral: true });
    const pool = openPool(stack.dbUrl, 2);
    try {
      await pool.query(checkMany);
      await fullKeys(pool, say);
      return [...(await manyKeys(pool, say)), ...(await muchBehind(pool, say))];
    } finally {
      await pool.end();
    }
  },
};

/** The product's own function, inside the database, where a million calls take a minute; a commit now and then, as in life. */
const checkMany = `
  create procedure public.check_many(p_from integer, p_to integer, p_max integer, p_window_seconds integer) language plpgsql as $$
  begin
    set local synchronous_commit = off;
    for i in p_from .. p_to - 1 loop
      perform public.check_rate_limit(host('11.0.0.0'::inet + i::bigint * 7919 % 16777216), '${action}', p_max, p_window_seconds);
      if i % 50 = 0 then
        commit;
        set local synchronous_commit = off;
      end if;
    end loop;
  end $$;`;

/** The same address as in check_many: neighbours by number are none in the index. */
function spread(index: number): string {
  return address((index * 7919) % 2 ** 24);
}

/** One check of each key from..to, by two connections, and the dead row versions gone. */
async function checkKeys(pool: pg.Pool, from: number, to: number, max = limit): Promise<void> {
  const middle = Math.floor((from + to) / 2);
  const call = (first: number, end: number) =>
    pool.query("call public.check_many($1, $2, $3, 3600)", [first, end, max]);
  await Promise.all([call(from, middle), call(middle, to)]);
}

/** Keys whose limit is used up. */
async function fullKeys(pool: pg.Pool, say: (line: string) => void): Promise<void> {
  for (const [max, keys] of [
    [10, 5_000],
    [100, 500],
  ] as const) {
    await pool.query(`truncate ${state}`);
    for (let time = 0; time < max; time++) await checkKeys(pool, 0, keys, max);
    say(`limit ${max}, used up: ${((await bytesOf(pool, state)) / keys).toFixed(0)} bytes a key`);
  }
  await pool.query(`truncate ${state}`);
}

async function manyKeys(pool: pg.Pool, say: (line: string) => void): Promise<Comparison[]> {
  const [p50, p95, bytes] = [[] as number[], [] as number[], [] as number[]];
  let keys = 0;
  for (const size of sizes) {
    await checkKeys(pool, keys, size);
    keys = size;
    const fresh = (await bytesOf(pool, state)) / size;
    const table = (await bytesOf(pool, state, "table")) / size;
    for (let time = 0; time < 3; time++) await checkKeys(pool, 0, size / 5);
    bytes.push((await bytesOf(pool, state)) / size);
    const times = await timesOf(() => check(pool, spread(Math.floor(Math.random() * size)), limit));
    p50.push(median(times));
    p95.push(percentile(times, 0.95));
    say(
      `${size} keys: ${fresh.toFixed(0)} bytes a key (the table ${table.toFixed(0)}), ${bytes.at(-1)?.toFixed(0)} after a fifth of them were checked three times more; ` +
        `a check p50 ${median(times).toFixed(3)} ms, p95 ${percentile(times, 0.95).toFixed(3)} ms`,
    );
  }
  const plan = await pool.query(
    `explain (analyze, buffers, costs off, timing off, summary off)
     select times, totals from ${state} where subject = $1 and action = $2 and window_seconds = 3600`,
    [`ip:${spread(0)}`, action],
  );
  for (const line of plan.rows) say(line["QUERY PLAN"]);

  await flexible(pool, 10);
  await pool.query(
    `insert into rate_limiter_flexible select '10:' || host('11.0.0.0'::inet + i * 7919::bigint % 16777216), 1, 1790000000000 from generate_series(1, 100000) i`,
  );
  const theirs = (await bytesOf(pool, "rate_limiter_flexible")) / 100_000;
  say(`rate-limiter-flexible, 100000 keys: ${theirs.toFixed(0)} bytes a key`);
  const most = sizes[sizes.length - 1];
  const grows = (what: string, values: readonly number[], bound: Comparison["bound"]) =>
    compare({
      ...{ what: `${what} of a check at ${most} keys`, unit: "ms", value: values.at(-1) ?? Number.NaN },
      ...{ baseline: `at ${sizes[0]} keys`, baselineValue: values[0] ?? Number.NaN, bound },
    });
  return [
    grows("p50", p50, { atMost: 1.5 }),
    grows("p95", p95, null),
    compare({
      ...{
        what: `bytes a key on disk, ${most} keys after churn`,
        unit: "bytes",
        value: bytes.at(-1) ?? Number.NaN,
      },
      ...{ baseline: "rate-limiter-flexible, fresh", baselineValue: theirs, bound: null },
    }),
  ];
}

/** One key that has been asked for 100,000 times within its window, against the seed's count of as many rows. */
async function muchBehind(pool: pg.Pool, say: (line: string) => void): Promise<Comparison[]> {
  const many = 100_000;
  const ip = spread(-1 + 2 ** 24);
  const checkIt = () => check(pool, ip, 1_000_000_000, { windowSeconds: 10 });
  const before = median(await timesOf(checkIt));
  await pool.query(`
    create procedure public.check_one(p_times integer) language plpgsql as $$
    begin
      for i in 1 .. p_times loop
        perform public.check_rate_limit('${ip}', '${action}', 1000000000, 10);
        if i % 50 = 0 then
          commit;
        end if;
      end loop;
    end $$`);
  await pool.query("call public.check_one($1)", [many]);
  const after = median(await timesOf(checkIt));

  await pool.query(firstRateLimitSchema);
  await pool.query(
    `insert into public.first_rate_limit_log (ip_address, action) select '${ip}', '${action}' from generate_series(1, ${many})`,
  );
  await pool.query("vacuum analyze public.first_rate_limit_log");
  const rowBytes = (await bytesOf(pool, "public.first_rate_limit_log")) / many;
  const counted = await timesOf(
    () =>
      pool.query({
        name: "count",
        text: "select count(*) from public.first_rate_limit_log where ip_address = $1 and action = $2 and created_at >= now() - interval '1 hour'",
        values: [ip, action],
      }),
    50,
  );
  say(
    `one key, ${many} requests: a check p50 ${before.toFixed(3)} ms before, ${after.toFixed(3)} ms after; ` +
      `the seed's count of as many rows ${median(counted).toFixed(1)} ms, its log ${rowBytes.toFixed(0)} bytes a request`,
  );
  const row = { what: `p50 of a check of one key after ${many} requests`, unit: "ms", value: after };
  return [
    compare({ ...row, baseline: "before them", baselineValue: before, bound: { atMost: 1.5 } }),
    compare({
      ...row,
      baseline: "the seed's count of as many rows",
      baselineValue: median(counted),
      bound: null,
    }),
  ];
}

/** Milliseconds of each call, one after the other; the first hundred are the connection's own start. */
async function timesOf(work: () => Promise<unknown>, calls: number = timedChecks): Promise<number[]> {
  const times: number[] = [];
  for (let call = 0; call < calls + 100; call++) {
    const started = performance.now();
    await work();
    times.push(performance.now() - started);
  }
  return times.slice(100);
}

/** The table, with its indexes unless told otherwise, vacuumed. */
async function bytesOf(pool: pg.Pool, table: string, what: "table" | "total" = "total"): Promise<number> {
  await pool.query(`vacuum analyze ${table}`);
  const { rows } = await pool.query(
    "select case $2 when 'table' then pg_table_size($1) else pg_total_relation_size($1) end::float8 as bytes",
    [table, what],
  );
  return rows[0].bytes;
}
