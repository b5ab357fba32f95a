import { createTestStack, type TestStack } from "@vidops/local/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

// What a read costs is counted in pages of 8 kB, which do not depend on how busy the machine is. The table has over 1,000, and the
// user's 2,000 jobs lie on nearly as many, so that whoever reads more than a page of the list shows it.
const rows = 40_000;

let stack: TestStack;
beforeAll(async () => {
  stack = await createTestStack();
  await stack.sql.unsafe(`
    alter table video_jobs disable trigger user;
    insert into users (id) select md5('user' || i)::uuid from generate_series(1, 200) i;
    insert into models (id, name, cost_per_generation, provider, provider_model_id)
    values (md5('model')::uuid, 'Kling', 4, 'fal', 'fal-ai/kling');
    insert into video_jobs (job_id, user_id, model_id, prompt, status, created_at)
    select md5('job' || i)::uuid, md5('user' || case when i % 20 = 0 then 1 else 2 + i % 198 end)::uuid, md5('model')::uuid,
      repeat('a kite ', 30), case when i % 20 = 0 then 'completed' else 'failed' end, now() - i * interval '1 minute'
    from generate_series(1, ${rows}) i`);
  for (const table of ["video_jobs", "users", "models"]) await stack.sql.unsafe(`vacuum analyze ${table}`);
});
afterAll(() => stack[Symbol.asyncDispose]());

const me = "md5('user1')::uuid";
const after = (share: number): string =>
  `p_before_created_at => now() - interval '${Math.round(rows * share)} minutes', p_before_job_id => md5('x')::uuid`;

async function cost(call: string): Promise<number> {
  // Once before: the first call of a connection reads the catalog as well.
  await stack.sql.unsafe(`select ${call}`);
  const [row] = await stack.sql.unsafe(`explain (analyze, buffers, format json) select ${call}`);
  const plans: { Plan: Record<string, number> }[] = row?.["QUERY PLAN"];
  return Number(plans[0]?.Plan["Shared Hit Blocks"]) + Number(plans[0]?.Plan["Shared Read Blocks"]);
}

describe("a page of a user's generations costs what it shows", () => {
  it.each([
    ["the first page", `list_generations(${me})`],
    ["a page in the middle", `list_generations(${me}, 20, ${after(0.5)})`],
    ["the last page", `list_generations(${me}, 20, ${after(0.99)})`],
  ])("%s", async (_, call) => {
    const pages = await cost(call);
    expect(pages).toBeGreaterThan(20);
    expect(pages).toBeLessThan(80);
  });

  it("and one that is read whole would show: a state that none of them has", async () => {
    const whole = await cost(`list_generations(${me}, 20, p_status => 'failed')`);
    expect(whole).toBeGreaterThan(500);
    // Those of the user alone.
    expect(whole).toBeLessThan(2_500);
  });

  it("one generation is one look at an index", async () => {
    const pages = await cost(`get_generation(${me}, md5('job${rows / 2}')::uuid)`);
    expect(pages).toBeLessThan(20);
  });
});
