import { startLocal } from "@vidops/local";
import postgres from "postgres";
import { type Benchmark, type Comparison, compare, inTurn, throughput } from "./measure.ts";

const connections = 8;
const milliseconds = 2500;
const rounds = 5;

/** Deduct and refund straight through SQL, against the same writes by hand, and one hot user against many. */
export const moneyInSql: Benchmark = {
  name: "money-in-sql",
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
      // Enough cost on each job that no run can use it up.
      const jobs = (await sql`insert into public.video_jobs (user_id, model_id, prompt, status, credits_used)
          select id, ${model?.id}, 'a fox', 'failed', 100000000 from public.users where email like 'user%' returning job_id, user_id`) as unknown as {
        job_id: string;
        user_id: string;
      }[];
      const anyUser = (): string => users[Math.floor(Math.random() * users.length)] ?? "";
      const anyJob = (): { job_id: string; user_id: string } =>
        jobs[Math.floor(Math.random() * jobs.length)] ?? { job_id: "", user_id: "" };
      const hot = users[0] ?? "";
      let key = 0;

      const deduct = (user: string) => sql`select public.deduct_credits(${user}, 1)`;
      const deductByHand = (user: string) =>
        sql.begin(async (transaction) => {
          const [row] = await transaction`
            update public.users set credits_remaining = credits_remaining - 1, updated_at = now()
            where id = ${user} and credits_remaining >= 1 returning credits_remaining`;
          await transaction`
            insert into public.quota_log (user_id, change, reason, balance_after) values (${user}, -1, 'video_generation', ${row?.credits_remaining})`;
        });
      const deductInOneStatement = (user: string) => sql`
        with u as (
          update public.users set credits_remaining = credits_remaining - 1, updated_at = now()
          where id = ${user} and credits_remaining >= 1 returning id, credits_remaining)
        insert into public.quota_log (user_id, change, reason, balance_after) select id, -1, 'video_generation', credits_remaining from u`;

      const refundUser = (user: string) =>
        sql`select public.admin_refund_credits(1, 'bench', ${user}, null, ${`k${key++}`}, ${stack.admin.id})`;
      const refundJob = ({ job_id }: { job_id: string }) =>
        sql`select public.admin_refund_credits(1, 'bench', null, ${job_id}, ${`k${key++}`}, ${stack.admin.id})`;
      const refundByHand = (user: string) =>
        sql.begin(async (transaction) => {
          const [row] = await transaction`
            update public.users set credits_remaining = credits_remaining + 1, updated_at = now() where id = ${user} returning credits_remaining`;
          await transaction`
            insert into public.quota_log (user_id, change, reason, balance_after) values (${user}, 1, 'admin_refund', ${row?.credits_remaining})`;
          await transaction`
            insert into public.admin_actions (admin_user_id, action_type, target_user_id, amount, reason)
            values (${stack.admin.id}, 'credit_refund', ${user}, 1, 'bench')`;
        });
      const refundInOneStatement = (user: string) => sql`
        with u as (
          update public.users set credits_remaining = credits_remaining + 1, updated_at = now() where id = ${user} returning id, credits_remaining),
        a as (
          insert into public.admin_actions (admin_user_id, action_type, target_user_id, amount, reason)
          select ${stack.admin.id}, 'credit_refund', id, 1, 'bench' from u)
        insert into public.quota_log (user_id, change, reason, balance_after) select id, 1, 'admin_refund', credits_remaining from u`;

      const at = (work: () => Promise<unknown>) => () => throughput(connections, milliseconds, work);
      say(`${connections} connections, ${rounds} rounds of ${milliseconds} ms each, fsync on`);
      const speed = await inTurn(rounds, {
        deductByHand: at(() => deductByHand(anyUser())),
        deductInOneStatement: at(() => deductInOneStatement(anyUser())),
        deduct: at(() => deduct(anyUser())),
        deductHot: at(() => deduct(hot)),
        refundByHand: at(() => refundByHand(anyUser())),
        refundInOneStatement: at(() => refundInOneStatement(anyUser())),
        refund: at(() => refundUser(anyUser())),
        refundHot: at(() => refundUser(hot)),
        refundJob: at(() => refundJob(anyJob())),
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
      return [
        row("deduct", speed.deduct, "hand-written transaction", speed.deductByHand, { atLeast: 0.6 }),
        row("deduct", speed.deduct, "the same writes in one statement", speed.deductInOneStatement, null),
        row("deduct, one hot user", speed.deductHot, "deduct, random users", speed.deduct, { atLeast: 0.35 }),
        row("refund to a user", speed.refund, "hand-written transaction", speed.refundByHand, {
          atLeast: 0.6,
        }),
        row(
          "refund to a user",
          speed.refund,
          "the same writes in one statement",
          speed.refundInOneStatement,
          null,
        ),
        row(
          "refund of a job",
          speed.refundJob,
          "hand-written transaction without the cap",
          speed.refundByHand,
          { atLeast: 0.6 },
        ),
        row("refund, one hot user", speed.refundHot, "refund, random users", speed.refund, { atLeast: 0.35 }),
      ];
    } finally {
      await sql.end();
    }
  },
};
