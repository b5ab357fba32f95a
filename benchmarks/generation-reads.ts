import { startLocal } from "@vidops/local";
import postgres from "postgres";
import { type Benchmark, type Comparison, compare, median, percentile } from "./measure.ts";

const jobs = 1_000_000;
const own = 5_000;
const page = 20;

/** Pages of one user's 5,000 jobs among a million, and a single job, in the database. */
export const generationReads: Benchmark = {
  name: "generation-reads",
  async run(say) {
    await using stack = await startLocal({ port: 0, dbPort: 0, ephemeral: true });
    const sql = postgres(stack.dbUrl, { max: 1, onnotice: () => {} });
    try {
      say(`${jobs} jobs of 10,000 users, ${own} of them of one …`);
      await sql`insert into public.users (email) select 'user' || i || '@example.com' from generate_series(1, 10000) i`;
      const [user] = await sql`select id from public.users where email = 'user1@example.com'`;
      const [model] = await sql`
        insert into public.models (name, cost_per_generation, provider, provider_model_id) values ('m', 4, 'fal', 'm') returning id`;
      // In the order of time, as they come: a user's jobs lie scattered over the table, and one in ten is deleted.
      await sql`
        insert into public.video_jobs (user_id, model_id, prompt, settings, status, video_url, created_at, completed_at, deleted_at)
        select case when i % ${jobs / own} = 0 then ${user?.id} else u.ids[1 + (i::bigint * 7919) % cardinality(u.ids)] end, ${model?.id},
          repeat('a fox in the snow ', 10), '{"duration": 5}', (array['completed', 'completed', 'completed', 'failed'])[1 + (i / ${jobs / own}) % 4], 'u/v.mp4',
          now() - (${jobs} - i) * interval '5 seconds', now() - (${jobs} - i) * interval '5 seconds', case when (i / ${jobs / own}) % 10 = 3 then now() end
        from generate_series(1, ${jobs}) i, (select array_agg(id) as ids from public.users where id <> ${user?.id}) u`;
      await sql`vacuum analyze public.video_jobs`;

      const rows: Comparison[] = [];
      const report = (what: string, times: readonly number[]): void => {
        say(
          `${what}: ${times.length} calls, p50 ${median(times).toFixed(1)} ms, slowest ${Math.max(...times).toFixed(1)} ms`,
        );
        const value = percentile(times, 0.95);
        rows.push(
          compare({
            ...{ what: `p95 of ${what}`, unit: "ms", value, bound: { atMost: 1 } },
            ...{ baseline: "the bound", baselineValue: 20 },
          }),
        );
      };
      const timed = async (work: () => Promise<unknown>): Promise<number> => {
        const started = performance.now();
        await work();
        return performance.now() - started;
      };

      type Job = { job_id: string; created_at: string };
      for (const [what, status] of [
        ["a page of 20, any page", null],
        ["a page of 20 failed ones, any page", "failed"],
      ] as const) {
        const times: number[] = [];
        const seen = new Set<string>();
        let last: Job | null = null;
        let more = true;
        while (more) {
          let answer: { jobs: Job[]; has_more: boolean } = { jobs: [], has_more: false };
          times.push(
            await timed(async () => {
              const [row] = await sql`
                select public.list_generations(${user?.id}, ${page}, ${last?.created_at ?? null}, ${last?.job_id ?? null}, ${status}) as answer`;
              answer = row?.answer;
            }),
          );
          for (const job of answer.jobs) seen.add(job.job_id);
          last = answer.jobs.at(-1) ?? null;
          more = answer.has_more;
        }
        say(`${seen.size} jobs seen in ${times.length} pages`);
        const [{ count } = { count: 0 }] = await sql`
          select count(*)::int as count from public.video_jobs
          where user_id = ${user?.id} and deleted_at is null and (${status}::text is null or status = ${status})`;
        if (seen.size !== count) throw new Error(`${seen.size} jobs seen of ${count}`);
        report(what, times);
      }
      const anyJobs =
        (await sql`select job_id from public.video_jobs where user_id = ${user?.id} and deleted_at is null order by random() limit 500`) as unknown as Job[];
      const times: number[] = [];
      for (const { job_id } of anyJobs)
        times.push(await timed(() => sql`select public.get_generation(${user?.id}, ${job_id}, 2000)`));
      report("one job", times);
      return rows;
    } finally {
      await sql.end();
    }
  },
};
