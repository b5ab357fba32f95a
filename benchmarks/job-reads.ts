import { startLocal } from "@vidops/local";
import postgres, { type Sql } from "postgres";
import { type Benchmark, type Comparison, compare, median, percentile } from "./measure.ts";

const jobs = 1_000_000;
const rounds = 15;
/** Milliseconds for one call. */
const bound = 50;

const me = "md5('user1')::uuid";
const deep = "p_before_created_at => now() - interval '80 days', p_before_job_id => md5('x')::uuid";

/** What operators ask for, in the words of `vidops jobs`. */
const lists: Readonly<Record<string, readonly string[]>> = {
  "list_jobs, one filter or none": [
    "list_jobs()",
    "list_jobs(p_status => 'failed')",
    "list_jobs(p_status => 'pending')",
    `list_jobs(p_user_id => ${me})`,
    "list_jobs(p_model_id => md5('model1')::uuid)",
    "list_jobs(p_model_id => md5('model2')::uuid)",
    "list_jobs(p_provider => 'pika')",
    "list_jobs(p_refunded => true)",
    "list_jobs(p_deleted => true)",
    "list_jobs(p_delivered_free => true)",
    "list_jobs(p_until => now() - interval '60 days')",
  ],
  "list_jobs, several filters": [
    `list_jobs(p_user_id => ${me}, p_status => 'pending')`,
    `list_jobs(p_user_id => ${me}, p_delivered_free => true)`,
    `list_jobs(p_user_id => ${me}, p_deleted => true)`,
    "list_jobs(p_provider => 'runway', p_status => 'failed')",
    "list_jobs(p_provider => 'pika', p_status => 'pending')",
    "list_jobs(p_deleted => false, p_status => 'failed', p_since => now() - interval '30 days')",
  ],
  "list_jobs, a page behind 900,000 jobs": [
    `list_jobs(${deep})`,
    `list_jobs(p_status => 'failed', ${deep})`,
    `list_jobs(p_user_id => ${me}, ${deep})`,
    `list_jobs(p_provider => 'runway', ${deep})`,
  ],
  get_job: ["get_job(md5('job777')::uuid)", "get_job(md5('job999999')::uuid)"],
  list_stuck_jobs: ["list_stuck_jobs()", "list_stuck_jobs(p_provider => 'runway')"],
  list_deleted_jobs: ["list_deleted_jobs()"],
};

/** What operators read of a million jobs, in the database. */
export const jobReads: Benchmark = {
  name: "job-reads",
  async run(say) {
    await using stack = await startLocal({ port: 0, dbPort: 0, ephemeral: true });
    const sql = postgres(stack.dbUrl, { max: 1, onnotice: () => {} });
    try {
      say(`${jobs.toLocaleString("en")} jobs of 20,000 users, 12 models and 3 providers …`);
      await fill(sql);
      const rows: Comparison[] = [];
      for (const [what, calls] of Object.entries(lists)) {
        const times: number[] = [];
        for (let round = 0; round < rounds; round++)
          for (const call of calls) {
            const started = performance.now();
            await sql.unsafe(`select ${call}`);
            times.push(performance.now() - started);
          }
        const value = percentile(times, 0.95);
        say(`${what}: p50 ${median(times).toFixed(1)} ms, p95 ${value.toFixed(1)} ms`);
        rows.push(
          compare({
            ...{ what: `p95 of ${what}`, unit: "ms", value, bound: { atMost: 1 } },
            ...{ baseline: "the bound", baselineValue: bound },
          }),
        );
      }
      return rows;
    } finally {
      await sql.end();
    }
  },
};

/** In the order of time, as they come; a user with 5,000, a model that is hardly used, and few that hang or were delivered free. */
async function fill(sql: Sql): Promise<void> {
  await sql.unsafe(`
    alter table public.video_jobs disable trigger user;
    insert into public.users (id, email) select md5('user' || i)::uuid, 'u' || i || '@example.com' from generate_series(1, 20000) i;
    insert into public.models (id, name, cost_per_generation, provider, provider_model_id)
    select md5('model' || i)::uuid, 'M' || i, 4, (array['fal', 'runway', 'pika'])[1 + i % 3], 'm/' || i from generate_series(1, 12) i;
    insert into public.video_jobs (job_id, user_id, model_id, prompt, status, credits_used, credits_refunded, created_at, completed_at, deleted_at, delivered_late_at)
    select md5('job' || i)::uuid, md5('user' || case when i % 200 = 0 then 1 else 2 + i % 19998 end)::uuid,
      md5('model' || case when i % 3000 = 0 then 1 when i % 7 = 0 then 4 else 2 + (i % 2) * 3 end)::uuid, 'a fox in the snow, take ' || i,
      case when i % 250000 = 7 or i > ${jobs} - 10 then 'processing' when i % 12 = 5 then 'failed' else 'completed' end,
      4, case when i % 12 = 5 then 4 else 0 end, at, at + interval '1 minute',
      case when i % 40 = 0 then at + interval '1 hour' end, case when i % 24000 = 5 then at + interval '2 hours' end
    from (select i, now() - interval '90 days' + i * interval '90 days' / ${jobs} as at from generate_series(1, ${jobs}) i) g`);
  for (const table of ["video_jobs", "users", "models"]) await sql.unsafe(`vacuum analyze public.${table}`);
}
