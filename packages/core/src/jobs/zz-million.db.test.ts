import { createTestStack } from "@vidops/local/testing";
import { it } from "vitest";

it("measures", async () => {
  const stack = await createTestStack();
  await stack.sql.unsafe(`
    alter table video_jobs disable trigger user;
    insert into users (id) select md5('user' || i)::uuid from generate_series(1, 2000) i;
    insert into models (id, name, cost_per_generation, provider, provider_model_id) values (md5('model')::uuid, 'Kling', 4, 'fal', 'fal-ai/kling');
    insert into video_jobs (job_id, user_id, model_id, prompt, status, created_at)
    select md5('job' || i)::uuid, md5('user' || case when i % 200 = 0 then 1 else 2 + i % 1998 end)::uuid, md5('model')::uuid, repeat('a kite ', 30),
    case when i % 7 = 0 then 'failed' else 'completed' end, now() - i * interval '1 minute' from generate_series(1, 1000000) i`);
  await stack.sql.unsafe("vacuum analyze video_jobs");
  const [plan] = [
    await stack.sql.unsafe(`explain (analyze, buffers) select j from video_jobs j where j.user_id = md5('user1')::uuid and j.deleted_at is null and (null::text is null or j.status = null)
   and (j.created_at, j.job_id) < (now() - interval '900000 minutes', 'ffffffff-ffff-ffff-ffff-ffffffffffff'::uuid) order by j.created_at desc, j.job_id desc limit 21`),
  ];
  for (const row of plan) console.log(row["QUERY PLAN"]);
  for (const call of [
    "list_generations(md5('user1')::uuid)",
    "list_generations(md5('user1')::uuid, 100)",
    ...[0.1, 0.5, 0.9, 0.99].map(
      (s) =>
        `list_generations(md5('user1')::uuid, 20, now() - interval '${1e6 * s} minutes', md5('x')::uuid)`,
    ),
    "list_generations(md5('user1')::uuid, 20, p_status => 'failed')",
    "list_generations(md5('user1')::uuid, 20, p_status => 'pending')",
    "get_generation(md5('user1')::uuid, md5('job2000')::uuid)",
  ]) {
    const times: number[] = [];
    for (let i = 0; i < 200; i++) {
      const [r] = await stack.sql.unsafe(`explain (analyze, format json) select ${call}`);
      times.push(r["QUERY PLAN"][0]["Execution Time"]);
    }
    times.sort((a, b) => a - b);
    console.log(
      call.slice(0, 80),
      "p50",
      times[100].toFixed(2),
      "p95",
      times[190].toFixed(2),
      "max",
      times[199].toFixed(2),
    );
  }
  await stack[Symbol.asyncDispose]();
}, 600_000);
