import { createTestStack, type TestStack } from "@vidops/local/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

// What a read costs is counted in pages of 8 kB, which do not depend on how busy the machine is. With so many jobs the table has
// over 3,000, and one that is read whole shows.
const rows = 100_000;
const mostPages = 900;

let stack: TestStack;
beforeAll(async () => {
  stack = await createTestStack();
  await stack.sql.unsafe(`
    alter table video_jobs disable trigger user;
    insert into users (id) select md5('user' || i)::uuid from generate_series(1, 2000) i;
    insert into models (id, name, cost_per_generation, provider, provider_model_id)
    select md5('model' || i)::uuid, 'M' || i, 4, (array['fal', 'runway', 'pika'])[1 + i % 3], 'm/' || i from generate_series(1, 9) i;
    insert into video_jobs (job_id, user_id, model_id, prompt, status, credits_used, credits_refunded, created_at, completed_at, deleted_at, delivered_late_at)
    select md5('job' || i)::uuid, md5('user' || case when i % 20 = 0 then 1 else 2 + i % 1998 end)::uuid,
      -- Model 1 is hardly used.
      md5('model' || case when i % 3000 = 0 then 1 else 2 + (i % 2) * 3 end)::uuid, repeat('a fox ', 20),
      case when i % 20000 = 7 or i > ${rows} - 10 then 'processing' when i % 12 = 5 then 'failed' else 'completed' end,
      4, case when i % 12 = 5 then 4 else 0 end, at, at + interval '1 minute',
      case when i % 40 = 0 then at + interval '1 hour' end, case when i % 2400 = 5 then at + interval '2 hours' end
    from (select i, now() - interval '90 days' + i * interval '90 days' / ${rows} as at from generate_series(1, ${rows}) i) g`);
  for (const table of ["video_jobs", "users", "models"]) await stack.sql.unsafe(`vacuum analyze ${table}`);
}, 60_000);
afterAll(() => stack[Symbol.asyncDispose]());

const me = "md5('user1')::uuid";
const deep = "p_before_created_at => now() - interval '80 days', p_before_job_id => md5('x')::uuid";

describe("a page of jobs costs what it shows, not what there is", () => {
  it.each([
    ["everybody's", "list_jobs()"],
    ["failed ones", "list_jobs(p_status => 'failed')"],
    ["a status that none has", "list_jobs(p_status => 'pending')"],
    ["one user's", `list_jobs(p_user_id => ${me})`],
    ["a model that is hardly used", "list_jobs(p_model_id => md5('model1')::uuid)"],
    ["a busy provider's", "list_jobs(p_provider => 'pika')"],
    ["a provider's that none has", "list_jobs(p_provider => 'nobody')"],
    ["a busy provider's that wait", "list_jobs(p_provider => 'pika', p_status => 'pending')"],
    ["refunded ones", "list_jobs(p_refunded => true)"],
    ["deleted ones", "list_jobs(p_deleted => true)"],
    ["those delivered free", "list_jobs(p_delivered_free => true)"],
    ["those of a user delivered free", `list_jobs(p_delivered_free => true, p_user_id => ${me})`],
    ["old ones", "list_jobs(p_until => now() - interval '60 days')"],
    ["a page far down", `list_jobs(${deep})`],
    ["a page far down of failed ones", `list_jobs(p_status => 'failed', ${deep})`],
    ["a page far down of one user's", `list_jobs(p_user_id => ${me}, ${deep})`],
    ["one job", "get_job(md5('job777')::uuid)"],
    ["those that hang", "list_stuck_jobs()"],
    ["a provider's that hang", "list_stuck_jobs(p_provider => 'runway')"],
    ["deleted ones that wait for their end", "list_deleted_jobs()"],
  ])("%s", async (_, call) => {
    // Twice: the first call of a connection reads the catalog as well.
    await stack.sql.unsafe(`select ${call}`);
    const [row] = await stack.sql.unsafe(`explain (analyze, buffers, format json) select ${call}`);
    const plans: { Plan: Record<string, number> }[] = row?.["QUERY PLAN"];
    const pages = Number(plans[0]?.Plan["Shared Hit Blocks"]) + Number(plans[0]?.Plan["Shared Read Blocks"]);
    expect(pages).toBeGreaterThan(0);
    expect(pages).toBeLessThan(mostPages);
  });
});
