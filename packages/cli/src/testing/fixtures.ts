import type { TestStack } from "@vidops/local/testing";

/** A job that was charged to a user, through the function that charges. */
export async function createJob(
  { sql }: TestStack,
  job: {
    userId: string;
    cost: number;
    status?: "pending" | "processing" | "completed" | "failed";
    prompt?: string;
  },
): Promise<string> {
  const [model] = await sql`
    insert into models (name, category, cost_per_generation, provider, provider_model_id)
    values ('Reel', 'text_to_video', ${job.cost}, 'fal', 'fal/reel') returning id`;
  const [row] = await sql`
    insert into video_jobs (user_id, model_id, prompt, status, credits_used)
    values (${job.userId}, ${model?.id}, ${job.prompt ?? "a cat on a bicycle"}, ${job.status ?? "failed"}, ${job.cost})
    returning job_id`;
  const charged = await sql.begin(async (transaction) => {
    await transaction`select set_config('request.jwt.claims', '{"role":"service_role"}', true)`;
    return transaction`
      select deduct_credits(${job.userId}::uuid, ${job.cost}::int, 'video_generation', ${row?.job_id}::uuid) as answer`;
  });
  if (charged[0]?.answer.success !== true) throw new Error(`not charged: ${JSON.stringify(charged[0])}`);
  return String(row?.job_id);
}

/** All that a refund could have changed, to prove that nothing was. */
export async function moneyState({ sql }: TestStack): Promise<unknown> {
  const [state] = await sql`
    select (select count(*)::int from quota_log) as ledger,
      (select count(*)::int from admin_actions) as actions,
      (select sum(credits_remaining)::int from users) as balances,
      (select coalesce(sum(credits_refunded), 0)::int from video_jobs) as refunded,
      (select count(*)::int from idempotency_log) as keys,
      (select count(*)::int from rate_limit_log) as limits,
      (select count(*)::int from error_log) as errors`;
  return { ...state };
}
