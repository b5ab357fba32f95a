import { once } from "node:events";
import { performance } from "node:perf_hooks";
import { setTimeout as sleep } from "node:timers/promises";
import { Worker } from "node:worker_threads";
import { createDatabase } from "@vidops/core/database";
import { cleanup as runCleanup } from "@vidops/core/maintenance";
import { startLocal } from "@vidops/local";
import postgres, { type Sql } from "postgres";
import { type Benchmark, compare, median, percentile } from "./measure.ts";

const rounds = 3;

/** 1,000,000 expired of 2,000,000 rate-limit rows, freshly written and vacuumed, for each measurement anew. */
async function fill(sql: Sql): Promise<void> {
  await sql`truncate public.rate_limit_log`;
  await sql`
    insert into public.rate_limit_log (ip_address, action, created_at)
    select ('10.0.' || (i / 250 % 250) || '.' || i % 250)::inet, 'video_generation', now() - interval '14 days' + i * interval '0.6048 seconds'
    from generate_series(1, 2000000) i`;
  await sql`vacuum analyze public.rate_limit_log`;
}

/** How long small inserts take, in milliseconds, while `work` runs beside them. */
async function smallInserts(dbUrl: string, work: () => Promise<unknown>): Promise<number[]> {
  const worker = new Worker(new URL("./small-inserts.ts", import.meta.url), { workerData: { dbUrl } });
  await once(worker, "online");
  await sleep(200);
  await work();
  worker.postMessage("stop");
  const [times] = (await once(worker, "message")) as [number[]];
  // The first are the worker's own start: connecting, reading the catalog.
  return times.slice(20);
}

/** What vidops cleanup does, over the Data API and straight in SQL, against one plain DELETE; and who feels it meanwhile. */
export const cleanup: Benchmark = {
  name: "cleanup",
  async run(say) {
    await using stack = await startLocal({ port: 0, dbPort: 0, ephemeral: true });
    const sql = postgres(stack.dbUrl, { max: 1, onnotice: () => {} });
    const db = createDatabase({ url: stack.url, key: stack.secretKey });
    try {
      const plainDelete = async () => {
        await sql`delete from public.rate_limit_log where created_at < now() - interval '7 days'`;
      };
      const inSql = async () => {
        for (let after: string | null = null, more = true; more; ) {
          const [row]: { answer: { more: boolean; next_after: string | null } }[] = await sql`
            select public.cleanup_rate_limit_logs(p_after => ${after}) as answer`;
          more = row?.answer.more ?? false;
          after = row?.answer.next_after ?? null;
        }
      };
      const overDataApi = async () => {
        await runCleanup(db, { targets: ["rate-limits"], batchSize: Number(process.env.B ?? 20000) });
      };
      const timed = async (work: () => Promise<void>): Promise<number> => {
        await fill(sql);
        const started = performance.now();
        await work();
        return performance.now() - started;
      };
      const times = { plainDelete: [] as number[], inSql: [] as number[], overDataApi: [] as number[] };
      const p99 = { idle: [] as number[], inSql: [] as number[], overDataApi: [] as number[] };
      for (let round = 1; round <= rounds; round++) {
        say(
          `round ${round} of ${rounds}: plain DELETE, batches in SQL, batches over the Data API, with inserts beside them`,
        );
        times.plainDelete.push(await timed(plainDelete));
        times.inSql.push(await timed(inSql));
        times.overDataApi.push(await timed(overDataApi));

        await fill(sql);
        p99.idle.push(percentile(await smallInserts(stack.dbUrl, () => sleep(2000)), 0.99));
        p99.inSql.push(percentile(await smallInserts(stack.dbUrl, inSql), 0.99));
        await fill(sql);
        p99.overDataApi.push(percentile(await smallInserts(stack.dbUrl, overDataApi), 0.99));
      }
      const baseline = { baseline: "one plain DELETE", baselineValue: median(times.plainDelete) };
      return [
        compare({
          what: "cleanup of 1,000,000 of 2,000,000 rows, in SQL",
          unit: "ms",
          value: median(times.inSql),
          ...baseline,
          bound: { atMost: 1.5 },
        }),
        compare({
          what: "cleanup of 1,000,000 of 2,000,000 rows, over the Data API",
          unit: "ms",
          value: median(times.overDataApi),
          ...baseline,
          bound: { atMost: 1.5 },
        }),
        ...(["inSql", "overDataApi"] as const).map((way) =>
          compare({
            what: `p99 of a small insert during cleanup ${way === "inSql" ? "in SQL" : "over the Data API"}`,
            unit: "ms",
            value: median(p99[way]),
            baseline: "the same with the database idle",
            baselineValue: median(p99.idle),
            bound: { atMost: 3 },
          }),
        ),
      ];
    } finally {
      await sql.end();
    }
  },
};
