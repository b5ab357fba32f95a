import { startLocal } from "@vidops/local";
import postgres from "postgres";
import { type Benchmark, type Comparison, compare, inTurn, throughput } from "./measure.ts";

const connections = 8;
const milliseconds = 2500;
const rounds = 5;

/** The calls of a generation straight through SQL, against the same writes by hand. */
export const generationInSql: Benchmark = {
  name: "generation-in-sql",
  async run(say) {
    await using stack = await startLocal({ port: 0, dbPort: 0, ephemeral: true });
    const sql = postgres(stack.dbUrl, { max: connections, onnotice: () => {} });
    try {
      const users = (
        await sql`insert into public.users (email) select 'user' || i || '@example.com' from generate_series(1, 1000) i returning id`
      ).map((row) => row.id as string);
      await sql`select public.add_credits(id, 1000000000, 'purchase') from public.users`;
      const [model] =
        await sql`insert into public.models (name, cost_per_generation, provider, provider_model_id) values ('m', 4, 'fal', 'm') returning id`;
      const modelId: string = model?.id;
      const anyUser = (): string => users[Math.floor(Math.random() * users.length)] ?? "";
      const hot = users[0] ?? "";
      const addresses = () => `10.${[0, 0, 0].map(() => Math.floor(Math.random() * 250)).join(".")}`;
      const limits = [{ name: "per_user", per: "user", max_requests: 100_000, window_seconds: 3600 }];

      const start = (user: string) =>
        sql`select public.start_generation(${user}, ${modelId}, 'a fox', ${crypto.randomUUID()}, p_limits => '[]') ->> 'job_id' as job_id`;
      const startWithLimit = (user: string) =>
        sql`select public.start_generation(${user}, ${modelId}, 'a fox', ${crypto.randomUUID()}, p_ip => ${addresses()}, p_limits => ${sql.json(limits)})`;
      const startByHand = (user: string) =>
        sql.begin(async (transaction) => {
          const [row] = await transaction`
            update public.users set credits_remaining = credits_remaining - 4, updated_at = now()
            where id = ${user} and credits_remaining >= 4 returning credits_remaining`;
          const [job] = await transaction`
            insert into public.video_jobs (user_id, model_id, prompt, status, credits_used)
            values (${user}, ${modelId}, 'a fox', 'pending', 4) returning job_id`;
          await transaction`
            insert into public.quota_log (user_id, job_id, change, reason, balance_after)
            values (${user}, ${job?.job_id}, -4, 'video_generation', ${row?.credits_remaining})`;
          await transaction`
            insert into public.idempotency_log (idempotency_key, user_id, job_id, operation_type, response_data, status_code)
            values (${crypto.randomUUID()}, ${user}, ${job?.job_id}, 'generate_video', '{}', 202)`;
          return job?.job_id as string;
        });
      const startInOneStatement = (user: string) => sql`
        with u as (
          update public.users set credits_remaining = credits_remaining - 4, updated_at = now()
          where id = ${user} and credits_remaining >= 4 returning id, credits_remaining),
        j as (
          insert into public.video_jobs (user_id, model_id, prompt, status, credits_used)
          select id, ${modelId}, 'a fox', 'pending', 4 from u returning job_id),
        k as (
          insert into public.idempotency_log (idempotency_key, user_id, job_id, operation_type, response_data, status_code)
          select ${crypto.randomUUID()}, u.id, j.job_id, 'generate_video', '{}', 202 from u, j)
        insert into public.quota_log (user_id, job_id, change, reason, balance_after)
        select u.id, j.job_id, -4, 'video_generation', u.credits_remaining from u, j`;
      const wholeOf = async (user: string) => {
        const [job] = await start(user);
        await sql`select public.attach_generation(${job?.job_id}, 'r')`;
        await sql`select public.complete_generation(${job?.job_id}, 'v.mp4')`;
      };
      const wholeByHand = async (user: string) => {
        const job = await startByHand(user);
        await sql`update public.video_jobs set status = 'processing', provider_job_id = 'r' where job_id = ${job} and status = 'pending'`;
        await sql`update public.video_jobs set status = 'completed', video_url = 'v.mp4', completed_at = now() where job_id = ${job} and status = 'processing'`;
      };

      const at = (work: () => Promise<unknown>) => () => throughput(connections, milliseconds, work);
      say(`${connections} connections, ${rounds} rounds of ${milliseconds} ms each, fsync on`);
      const speed = await inTurn(rounds, {
        startByHand: at(() => startByHand(anyUser())),
        startInOneStatement: at(() => startInOneStatement(anyUser())),
        start: at(() => start(anyUser())),
        startWithLimit: at(() => startWithLimit(anyUser())),
        startHot: at(() => start(hot)),
        wholeByHand: at(() => wholeByHand(anyUser())),
        whole: at(() => wholeOf(anyUser())),
      });
      const [audit] = await sql`select public.audit_credits(null, 10000) -> 'users_drifted' as drifted`;
      if (audit?.drifted !== 0) throw new Error("the benchmark broke the books");

      const row = (
        what: string,
        value: number,
        baseline: string,
        baselineValue: number,
        bound: Comparison["bound"],
      ): Comparison => compare({ what, unit: "ops/s", value, baseline, baselineValue, bound });
      const byHand = "the same writes, hand-written transaction";
      return [
        row("start of a generation", speed.start, byHand, speed.startByHand, { atLeast: 0.5 }),
        row("start, with a limit per user", speed.startWithLimit, `${byHand}, no limit`, speed.startByHand, {
          atLeast: 0.5,
        }),
        row(
          "start of a generation",
          speed.start,
          "the same writes in one statement",
          speed.startInOneStatement,
          null,
        ),
        row("start, one hot user", speed.startHot, "start, random users", speed.start, null),
        row("start, attach, complete", speed.whole, `${byHand} and two updates`, speed.wholeByHand, {
          atLeast: 0.5,
        }),
      ];
    } finally {
      await sql.end();
    }
  },
};
