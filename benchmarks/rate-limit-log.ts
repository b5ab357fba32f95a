import { once } from "node:events";
import { performance } from "node:perf_hooks";
import { setTimeout as sleep } from "node:timers/promises";
import { Worker } from "node:worker_threads";
import { startLocal } from "@vidops/local";
import postgres, { type Sql } from "postgres";
import { type Benchmark, type Comparison, compare, inTurn, median, percentile } from "./measure.ts";

const rounds = 2;
const rows = 1_400_000;
const keptDays = 7;
const p99 = (times: readonly number[]): number => percentile(times, 0.99);

/**
 * What retention of the log costs, and who feels it: 700,000 of 1,400,000 rows deleted in batches by cleanup, as the log is,
 * against the same log partitioned by day whose old days are dropped. The two tables take turns under the name
 * public.rate_limit_log, so that the same function writes to both.
 */
export const rateLimitLog: Benchmark = {
  name: "rate-limit-log",
  async run(say) {
    await using stack = await startLocal({ port: 0, dbPort: 0, ephemeral: true });
    const sql = postgres(stack.dbUrl, { max: 1, onnotice: () => {} });
    try {
      await makePartitioned(sql);
      const rowsASecond = await inTurn(rounds, {
        plain: () => insertSpeed(sql, "public.rate_limit_log"),
        partitioned: () => insertSpeed(sql, "vidops.log_by_day"),
      });
      say(
        `rows a second into the log, 100,000 in one statement: ${rowsASecond.plain.toFixed(0)}, partitioned ${rowsASecond.partitioned.toFixed(0)}`,
      );

      const took = { batches: [] as number[], drops: [] as number[], vacuum: [] as number[] };
      const checks = { idle: [] as number[], batches: [] as number[], drops: [] as number[] };
      const beside = async (name: keyof typeof checks, work: () => Promise<unknown>) => {
        checks[name].push(...(await checksBeside(stack.dbUrl, work)));
      };
      for (let round = 1; round <= rounds; round++) {
        await fill(sql, "public.rate_limit_log");
        await beside("idle", () => sleep(2000));
        await beside("batches", async () => took.batches.push(await timed(() => deleteInBatches(sql))));
        took.vacuum.push(await timed(() => sql`vacuum public.rate_limit_log`));

        await swap(sql);
        await fill(sql, "public.rate_limit_log");
        await beside("drops", async () => took.drops.push(await dropOldDays(sql)));
        await makeDays(sql, "public.rate_limit_log");
        await swap(sql);
        say(
          `round ${round} of ${rounds}: deleted in ${took.batches.at(-1)?.toFixed(0)} ms and vacuumed in ${took.vacuum.at(-1)?.toFixed(0)} ms, ` +
            `dropped in ${took.drops.at(-1)?.toFixed(0)} ms`,
        );
      }
      for (const name of ["idle", "batches", "drops"] as const) {
        say(
          `${checks[name].length} checks, ${name}: p50 ${median(checks[name]).toFixed(2)} ms, p99 ${p99(checks[name]).toFixed(2)} ms, slowest ${Math.max(...checks[name]).toFixed(1)} ms`,
        );
      }
      const plain = { baseline: "the log in one table", unit: "ms" };
      const beside99 = (name: "batches" | "drops", bound: Comparison["bound"]) =>
        compare({
          what: `p99 of a check during ${name === "batches" ? "cleanup" : "drops of days"}`,
          unit: "ms",
          value: p99(checks[name]),
          baseline: "the same with the database idle",
          baselineValue: p99(checks.idle),
          bound,
        });
      return [
        compare({
          what: "one row into the log partitioned by day",
          unit: "µs",
          value: 1e6 / rowsASecond.partitioned,
          ...{ baseline: plain.baseline, baselineValue: 1e6 / rowsASecond.plain, bound: null },
        }),
        compare({
          what: `${keptDays} old days of the log dropped`,
          value: median(took.drops),
          ...plain,
          ...{ baseline: "deleted in batches by cleanup", baselineValue: median(took.batches) },
          bound: null,
        }),
        beside99("batches", { atMost: 3 }),
        beside99("drops", null),
      ];
    } finally {
      await sql.end();
    }
  },
};

/** The log as it would be with one partition a day: the same columns, the same indexes. */
async function makePartitioned(sql: Sql): Promise<void> {
  await sql.unsafe(`
    create table vidops.log_by_day (like public.rate_limit_log including defaults including constraints) partition by range (created_at);
    alter table vidops.log_by_day add primary key (id, created_at);
    create index on vidops.log_by_day (ip_address, action, created_at);
    create index on vidops.log_by_day (created_at);`);
  await makeDays(sql, "vidops.log_by_day");
}

/** A partition for each of the days that the log is filled for, where it is not there. */
async function makeDays(sql: Sql, table: string): Promise<void> {
  await sql.unsafe(`do $$ begin
    for i in -2 * ${keptDays} .. 1 loop
      execute format('create table if not exists vidops.%I partition of ${table} for values from (%L) to (%L)',
        'log_' || replace((current_date + i)::text, '-', '_'), current_date + i, current_date + i + 1);
    end loop;
  end $$`);
}

/** The other table becomes public.rate_limit_log, where the functions of the product write. */
async function swap(sql: Sql): Promise<void> {
  await sql.begin(async (transaction) => {
    await transaction.unsafe(`
      alter table public.rate_limit_log rename to log_that_was;
      alter table vidops.log_by_day rename to rate_limit_log;
      alter table vidops.rate_limit_log set schema public;
      alter table public.log_that_was rename to log_by_day;
      alter table public.log_by_day set schema vidops`);
  });
}

/** Two weeks of rows, evenly. */
async function fill(sql: Sql, table: string): Promise<void> {
  await sql.unsafe(`truncate ${table}`);
  await sql.unsafe(`
    insert into ${table} (ip_address, action, created_at)
    select ('10.0.' || (i / 250 % 250) || '.' || i % 250)::inet, 'video_generation',
      now() - interval '${2 * keptDays} days' + i * interval '${2 * keptDays} days' / ${rows}
    from generate_series(1, ${rows}) i`);
  await sql.unsafe(`vacuum analyze ${table}`);
}

async function insertSpeed(sql: Sql, table: string): Promise<number> {
  await sql.unsafe(`truncate ${table}`);
  const many = 100_000;
  const milliseconds = await timed(async () => {
    await sql.unsafe(`
      do $$ begin
        for i in 1 .. ${many} loop
          insert into ${table} (ip_address, action, created_at) values ('10.0.0.0'::inet + i, 'video_generation', clock_timestamp());
        end loop;
      end $$`);
  });
  return many / (milliseconds / 1000);
}

async function deleteInBatches(sql: Sql): Promise<void> {
  for (let after: string | null = null, more = true; more; ) {
    const [row]: { answer: { more: boolean; next_after: string | null } }[] = await sql`
      select public.cleanup_rate_limit_logs(p_older_than_seconds => ${keptDays * 86400}, p_after => ${after}) as answer`;
    more = row?.answer.more ?? false;
    after = row?.answer.next_after ?? null;
  }
}

/** Each old day by itself, as a cleanup would, and the milliseconds of all: a drop waits for the checks that write, and they for it. */
async function dropOldDays(sql: Sql): Promise<number> {
  const days = await sql<{ name: string }[]>`
    select c.relname as name from pg_catalog.pg_class c
    where c.relname like 'log\\_20%' and c.relkind = 'r' and to_date(substr(c.relname, 5), 'YYYY_MM_DD') < current_date - ${keptDays}::int order by 1`;
  let milliseconds = 0;
  for (const { name } of days) {
    milliseconds += await timed(() => sql`drop table vidops.${sql(name)}`);
    await sleep(50);
  }
  return milliseconds;
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await work();
  return performance.now() - started;
}

/** How long checks of many keys take, in milliseconds, while `work` runs beside them. */
async function checksBeside(dbUrl: string, work: () => Promise<unknown>): Promise<number[]> {
  const worker = new Worker(new URL("./rate-limit-checks.ts", import.meta.url), { workerData: { dbUrl } });
  const answer = once(worker, "message") as Promise<[number[]]>;
  const [[times]] = await Promise.all([
    answer,
    (async () => {
      await sleep(500);
      await work();
      worker.postMessage("stop");
    })(),
  ]);
  // The first are the worker's own start: connecting, reading the catalog.
  return times.slice(50);
}
