import { readFileSync } from "node:fs";
import { createEmptyDatabase } from "@vidops/local/testing";
import { describe, expect, it } from "vitest";
import { migrate } from "./migrate.ts";

type Sql = Awaited<ReturnType<typeof createEmptyDatabase>>["sql"];

const fixture = readFileSync(new URL("fixtures/existing_project.sql", import.meta.url), "utf8");
const ada = "10000000-0000-4000-8000-000000000001";
const cem = "10000000-0000-4000-8000-000000000002";
const model = "20000000-0000-4000-8000-000000000001";

/** A project of its own, after `before` was done to it and the migrations were applied. */
async function adopt(sql: Sql, before = ""): Promise<void> {
  await sql.unsafe(fixture);
  await sql.unsafe(before);
  await migrate(sql);
}

async function ask(sql: Sql, call: string): Promise<Record<string, unknown>> {
  const [row] = await sql.unsafe(`select public.${call} as answer`);
  return row?.answer;
}

async function start(sql: Sql, user: string): Promise<string> {
  const key = crypto.randomUUID();
  return String((await ask(sql, `start_generation('${user}', '${model}', 'a fox', '${key}')`)).job_id);
}

const credits = async (sql: Sql): Promise<unknown> =>
  (await sql`select credits_remaining from public.users order by id`).map((row) => row.credits_remaining);

describe("a project that had jobs before", () => {
  it("gets nothing back by itself for jobs that hang since then, and nothing that the ledger did not charge", async () => {
    await using database = await createEmptyDatabase();
    const { sql } = database;
    await adopt(
      sql,
      `insert into public.video_jobs (user_id, model_id, prompt, status, credits_used, created_at) values
        ('${cem}', '${model}', 'hung', 'pending', 4, now() - interval '200 days'),
        ('${ada}', '${model}', 'hung', null, 4, now() - interval '200 days');`,
    );
    const before = await credits(sql);
    expect(await ask(sql, "expire_generations()")).toMatchObject({ expired: [], more: false });
    const hung = await sql`select job_id from public.video_jobs where prompt = 'hung'`;
    for (const { job_id } of hung)
      expect(await ask(sql, `fail_generation('${job_id}', 'ERR_5001', 'x')`)).toMatchObject({
        changed: true,
        credits_refunded: 0,
      });
    expect(await credits(sql)).toEqual(before);
  });

  it("grants nobody anew who has a ledger, and counts the grant of who comes", async () => {
    await using database = await createEmptyDatabase();
    const { sql } = database;
    await adopt(sql);
    expect(await ask(sql, `onboard_guest('${cem}', 'cems-phone', 10, false)`)).toMatchObject({
      granted: false,
      grant_refused: "already_granted",
      user: { credits_remaining: 7 },
    });
    // Emails are unique there: a new sign-in with a known one is a profile of its own, without it.
    const other = crypto.randomUUID();
    expect(
      await ask(sql, `onboard_guest('${other}', 'new-phone', 10, false, 'cem@example.com')`),
    ).toMatchObject({
      granted: true,
      user: { id: other, email: null, credits_remaining: 10 },
    });
    // Applied again, nobody is taken for somebody who was there before.
    const late = crypto.randomUUID();
    await sql`insert into public.users (id) values (${late})`;
    await ask(sql, `add_credits('${late}', 5, 'purchase', 'store-9')`);
    await migrate(sql);
    expect(await ask(sql, `onboard_guest('${late}', 'late-phone', 10)`)).toMatchObject({ granted: true });
  });

  it("keeps columns that were shorter, and runs a generation to both ends", async () => {
    await using database = await createEmptyDatabase();
    const { sql } = database;
    await adopt(
      sql,
      `alter table public.video_jobs alter column video_url type varchar(50), alter column error_message type varchar(20),
        alter column status type varchar(20), add column error_code varchar(4);
       alter table public.idempotency_log alter column status_code type integer;
       create function public.start_generation(p_user_id uuid) returns void language sql as 'select';
       grant execute on function public.start_generation(uuid) to anon;`,
    );
    const [done, failed] = [await start(sql, ada), await start(sql, ada)];
    await ask(sql, `attach_generation('${done}', 'r-1')`);
    expect(
      await ask(sql, `complete_generation('${done}', '${`https://x/${"v".repeat(300)}`}')`),
    ).toMatchObject({ status: "completed" });
    expect(
      await ask(sql, `fail_generation('${failed}', 'ERR_5003', 'content_refused', '${"w".repeat(300)}')`),
    ).toMatchObject({ credits_refunded: 4 });
    const kept = await sql`select name from vidops.replaced_objects where name like 'start_generation%'`;
    expect(kept).toHaveLength(1);
  });

  it.each([
    [
      "an enum for the status",
      "create type state as enum ('pending', 'processing', 'completed', 'failed'); alter table public.video_jobs drop constraint video_jobs_status_check, alter column status drop default, alter column status type state using status::state",
      /video_jobs\.status is state, needed: text/,
    ],
    [
      "numbers for error codes",
      "alter table public.video_jobs add column error_code integer",
      /video_jobs\.error_code is integer/,
    ],
    [
      "uuids for the provider's ids",
      "alter table public.video_jobs alter column provider_job_id type uuid using null",
      /video_jobs\.provider_job_id is uuid/,
    ],
    [
      "json for answers",
      "alter table public.idempotency_log alter column response_data type json",
      /idempotency_log\.response_data is json, needed: jsonb/,
    ],
  ])("is told what to change when it has %s", async (_, before, words) => {
    await using database = await createEmptyDatabase();
    await expect(adopt(database.sql, before)).rejects.toMatchObject({
      code: "42804",
      message: expect.stringMatching(words),
      hint: expect.stringContaining("alter table"),
    });
  });

  it("lets its own server go on with its own jobs, and with no others", async () => {
    await using database = await createEmptyDatabase();
    const { sql } = database;
    await adopt(sql);
    const [own] = await sql`
      insert into public.video_jobs (user_id, model_id, prompt) values (${ada}, ${model}, 'old way') returning job_id`;
    const ours = await start(sql, ada);
    const asServer = (statement: string): Promise<unknown> =>
      sql.begin(async (transaction) => {
        await transaction.unsafe(`set local role service_role; ${statement}`);
      });
    const change = (job: string, set: string): Promise<unknown> =>
      asServer(`update public.video_jobs set ${set} where job_id = '${job}'`);
    await change(own?.job_id, "status = 'failed', error_message = 'x'");
    await expect(
      asServer(`delete from public.idempotency_log where job_id = '${ours}'`),
    ).rejects.toMatchObject({ code: "42501" });
    for (const set of ["status = 'failed'", "video_url = 'free.mp4'", "provider_job_id = 'x'"])
      await expect(change(ours, set)).rejects.toMatchObject({
        code: "42501",
        message: expect.stringContaining("was written by start_generation"),
      });
  });
});
