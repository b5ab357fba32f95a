import { readFileSync } from "node:fs";
import { createTestStack } from "@vidops/local/testing";
import { expect, it } from "vitest";

it("is explained", { timeout: 600_000 }, async () => {
  await using stack = await createTestStack();
  const { sql } = stack;
  await sql.unsafe(`alter table video_jobs disable trigger user`);
  const t0 = performance.now();
  await sql.unsafe(`
    insert into users (id, email) select md5('user' || i)::uuid, 'u' || i || '@example.com' from generate_series(1, 20000) i;
    insert into models (id, name, category, cost_per_generation, provider, provider_model_id) select md5('model' || i)::uuid, 'M' || i, 'text_to_video', 4, (array['fal', 'runway', 'pika'])[1 + i % 3], 'm/' || i from generate_series(1, 12) i;
    insert into video_jobs (job_id, user_id, model_id, prompt, status, credits_used, credits_refunded, created_at, completed_at, deleted_at, delivered_late_at, provider_job_id)
    select md5('job' || i)::uuid, md5('user' || case when i % 200 = 0 then 1 else 2 + i % 19998 end)::uuid, md5('model' || case when i % 3000 = 0 then 1 when i % 7 = 0 then 4 when i < 200000 then 7 else 2 + (i % 2) * 3 end)::uuid, 'a fox ' || i,
      case when i % 250000 = 7 or i > 999990 then 'processing' when i % 12 = 5 then 'failed' else 'completed' end, 4, case when i % 12 = 5 then 4 else 0 end, at, at + interval '1 minute',
      case when i % 40 = 0 then at + interval '1 hour' end, case when i % 24000 = 5 then at + interval '2 hours' end, 'req-' || i
    from (select i, now() - interval '90 days' + i * interval '90 days' / 1000000 as at from generate_series(1, 1000000) i) g`);
  const file = process.env.OPS_SQL ?? "";
  if (file !== "") await sql.unsafe(readFileSync(file, "utf8"));
  await sql.unsafe("vacuum analyze video_jobs"); await sql.unsafe("analyze users"); await sql.unsafe("analyze models");
  console.log("filled", performance.now() - t0);
  const me = (await sql`select md5('user1')::uuid as id, md5('model1')::uuid as rare, md5('model2')::uuid as often`)[0] as Record<string, string>;
  const asks: Record<string, string> = {
    all: "list_jobs()", status_failed: "list_jobs(p_status => 'failed')", status_processing: "list_jobs(p_status => 'processing')", status_pending: "list_jobs(p_status => 'pending')",
    user: `list_jobs(p_user_id => '${me.id}')`, user_failed: `list_jobs(p_user_id => '${me.id}', p_status => 'failed')`, user_pending: `list_jobs(p_user_id => '${me.id}', p_status => 'pending')`,
    model_rare: `list_jobs(p_model_id => '${me.rare}')`, model: `list_jobs(p_model_id => '${me.often}')`,
    model_old: `list_jobs(p_model_id => md5('model7')::uuid)`, model_pending: `list_jobs(p_model_id => '${me.often}', p_status => 'pending')`,
    fal: "list_jobs(p_provider => 'fal')", runway: "list_jobs(p_provider => 'runway')", runway_failed: "list_jobs(p_provider => 'runway', p_status => 'failed')", pika: "list_jobs(p_provider => 'pika')", fal_pending: "list_jobs(p_provider => 'fal', p_status => 'pending')", runway_user: `list_jobs(p_provider => 'runway', p_user_id => '${me.id}')`,
    none: "list_jobs(p_provider => 'nobody')",
    refunded: "list_jobs(p_refunded => true)", deleted: "list_jobs(p_deleted => true)", free: "list_jobs(p_delivered_free => true)", free_user: `list_jobs(p_delivered_free => true, p_user_id => '${me.id}')`, deleted_user: `list_jobs(p_deleted => true, p_user_id => '${me.id}')`,
    not_deleted_failed: "list_jobs(p_deleted => false, p_status => 'failed')",
    old: "list_jobs(p_until => now() - interval '60 days')", old_fal: "list_jobs(p_until => now() - interval '60 days', p_provider => 'runway')",
    page_deep: `list_jobs(p_before_created_at => now() - interval '80 days', p_before_job_id => '${me.id}')`,
    page_deep_failed: `list_jobs(p_status => 'failed', p_before_created_at => now() - interval '80 days', p_before_job_id => '${me.id}')`,
    page_deep_user: `list_jobs(p_user_id => '${me.id}', p_before_created_at => now() - interval '80 days', p_before_job_id => '${me.id}')`,
    page_deep_runway: `list_jobs(p_provider => 'runway', p_before_created_at => now() - interval '80 days', p_before_job_id => '${me.id}')`,
    big: "list_jobs(p_limit => 1000)",
    get: `get_job(md5('job777')::uuid)`, stuck: "list_stuck_jobs()", stuck_runway: "list_stuck_jobs(p_provider => 'runway')", stuck_later: `list_stuck_jobs(p_after_created_at => now() - interval '20 days', p_after_job_id => '${me.id}')`,
  };
  for (const [name, call] of Object.entries(asks)) {
    const times: number[] = [];
    let answer: Record<string, unknown> = {};
    for (let run = 0; run < 5; run++) {
      const started = performance.now();
      answer = (await sql.unsafe(`select ${call} as answer`))[0]?.answer;
      times.push(performance.now() - started);
    }
    console.log(name.padEnd(20), times.map((t) => t.toFixed(1)).join(" "), (answer.jobs as unknown[] | undefined)?.length ?? answer.success);
  }
  expect(1).toBe(1);
});
