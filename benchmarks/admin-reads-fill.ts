import type { Sql } from "postgres";

/** How many rows the tables hold. */
export const size = { users: 1_000_000, jobs: 10_000_000, ledger: 10_000_000, actions: 1_000_000 } as const;

/** Who has more than others: `nr` of `bench_id('user', nr)`. */
export const people = { jobs: 1, ledger: 2, ordinary: 777_777 } as const;

/** Days that jobs and ledger go back. */
const days = 90;

/**
 * Fills the tables that operators read: a million users, a tenth of whom, the oldest, came from one company; ten million jobs
 * and ledger rows of the last 90 days, oldest first as they come, of people who differ in how much they do. Triggers and foreign
 * keys are off meanwhile and indexes are made afterwards: ten million lookups and hashes would only take time.
 */
export async function fillAdminReads(sql: Sql, say: (line: string) => void): Promise<void> {
  const timed = async (what: string, work: () => Promise<unknown>): Promise<void> => {
    const started = performance.now();
    await work();
    say(`${what}: ${((performance.now() - started) / 1000).toFixed(0)} s`);
  };
  await sql`set maintenance_work_mem = '1GB'`;
  await sql`set synchronous_commit = off`;
  await sql.unsafe(`
    create or replace function public.bench_id(p_kind text, p_nr bigint) returns uuid language sql immutable parallel safe
      return md5(p_kind || p_nr)::uuid;
    create or replace function public.bench_person(p_nr bigint) returns bigint language sql immutable parallel safe
      return 3 + floor(${size.users - 2} * ((hashint8(p_nr) & 1048575) / 1048576.0) ^ 2)::bigint;`);
  const back: string[] = [];
  for (const table of ["users", "video_jobs", "quota_log", "admin_actions"])
    back.push(...(await strip(sql, table)));

  await timed(`${size.users.toLocaleString("en")} users`, () =>
    sql.unsafe(`
      insert into public.users (id, email, device_id, is_guest, tier, credits_remaining, credits_total, is_admin, banned_at, created_at)
      select bench_id('user', i),
        case when i % 10 < 8 then
          (array['ada', 'zoe', 'mehmet', 'ayse', 'juan', 'lucia', 'olga', 'wilhelm', 'ngozi', 'li', 'thomas', 'hannah', 'x'])[1 + i % 13] ||
          (array['.', '_', '', '-'])[1 + i % 4] ||
          (array['lovelace', 'yilmaz', 'garcia', 'muster', 'okafor', 'chen', 'smith', 'quist', 'roman', 'kaya', 'z'])[1 + i % 11] || (i::bigint * 7919 % 100003) ||
          '@' || case when i <= ${size.users / 10} then 'oldcompany.test' else
            (array['example.com', 'example.com', 'example.com', 'mail.example.com', 'gmail.test', 'hotmail.test', 'web.test'])[1 + i % 7] end
        end,
        case when i % 10 >= 8 then 'device-' || md5(i::text) end, i % 10 >= 8,
        case when i % 12 = 0 then 'premium' else 'free' end, case when i = ${people.ledger} then 104 else i % 200 end, 200, i % 2000 = 0,
        case when i % 500 = 3 then now() - interval '3 days' end, now() - interval '2 years' + i * interval '2 years' / ${size.users}
      from generate_series(1, ${size.users}) i`),
  );
  await sql.unsafe(`
    insert into public.models (id, name, category, cost_per_generation, provider, provider_model_id, created_at)
    select bench_id('model', i), 'Model ' || i, 'text_to_video', 1 + i % 9, (array['fal', 'runway', 'pika'])[1 + i % 3], 'm/' || i, now() - interval '1 year'
    from generate_series(1, 40) i`);
  await timed(`${size.jobs.toLocaleString("en")} jobs`, () =>
    sql.unsafe(`
      insert into public.video_jobs (job_id, user_id, model_id, prompt, settings, status, credits_used, credits_refunded, error_message, provider_job_id, created_at, completed_at)
      select bench_id('job', i), bench_id('user', case when i % 2000 = 1 then ${people.jobs} else bench_person(i) end), bench_id('model', 1 + i % 37),
        'a fox runs over fresh snow, take ' || i, '{"seconds": 5}',
        case when i > ${size.jobs} - 2000 then 'processing' when i % 12 = 5 then 'failed' else 'completed' end, 1 + i % 9, 0,
        case when i % 12 = 5 then 'the provider timed out' end, 'req-' || i, at, at + interval '70 seconds'
      from (select i, now() - interval '${days} days' + i * interval '${days} days' / ${size.jobs} as at from generate_series(1, ${size.jobs}) i) g`),
  );
  await timed(`${size.ledger.toLocaleString("en")} ledger rows`, () =>
    sql.unsafe(`
      insert into public.quota_log (user_id, job_id, change, reason, transaction_id, balance_after, created_at)
      select bench_id('user', case when i % 100 = 0 then ${people.ledger} when i % 2000 = 1 then ${people.jobs} else bench_person(i) end),
        case when i % 20 < 18 and i % 100 > 0 then bench_id('job', i) end,
        case when i % 100 = 0 then case when i % 200 = 0 then 4 else -4 end when i % 20 < 17 then -1 - i % 9 when i % 20 = 17 then 1 + i % 9 else 50 end,
        case when i % 100 = 0 then case when i % 200 = 0 then 'grant' else 'video_generation' end when i % 20 < 17 then 'video_generation'
          when i % 20 = 17 then 'admin_refund:provider_outage' else 'purchase' end,
        case when i % 20 = 19 then 'store-' || i end, case when i % 200 = 100 then 100 else 104 end,
        now() - interval '${days} days' + i * interval '${days} days' / ${size.ledger}
      from generate_series(1, ${size.ledger}) i`),
  );
  await timed(`${size.actions.toLocaleString("en")} acts`, async () => {
    await sql.unsafe(`
      insert into public.admin_actions (admin_user_id, action_type, target_user_id, amount, reason, ticket, details, chain_position, previous_hash, hash, created_at)
      select bench_id('user', 2000 * (1 + i % 500)), (array['credit_refund', 'credit_refund', 'credit_adjustment', 'user_ban', 'user_unban'])[1 + i % 5],
        bench_id('user', case when i % 1000 = 0 then ${people.ledger} else 1 + i * 7919 % ${size.users} end), case when i % 5 < 3 then 1 + i % 9 end,
        'bench ' || i, case when i % 10 = 0 then 'SUP-' || i / 10 end, '{"before": {}, "after": {}}', i, repeat('0', 64), encode(sha256(i::text::bytea), 'hex'),
        now() - interval '${days} days' + i * interval '${days} days' / ${size.actions}
      from generate_series(1::bigint, ${size.actions}) i`);
    await sql.unsafe(`update vidops.admin_action_chain set position = ${size.actions}`);
  });
  await timed("indexes", async () => {
    for (const statement of back) await sql.unsafe(statement);
  });
  await timed("vacuum", async () => {
    for (const table of ["users", "models", "video_jobs", "quota_log", "admin_actions"])
      await sql.unsafe(`vacuum (analyze) public.${table}`);
  });
}

/** Takes a table's triggers, foreign keys and indexes but the primary key away, and returns what brings them back. */
async function strip(sql: Sql, table: string): Promise<string[]> {
  const keys = await sql<{ name: string; definition: string }[]>`
    select conname as name, pg_get_constraintdef(oid) as definition from pg_constraint
    where conrelid = ${`public.${table}`}::regclass and contype = 'f'`;
  for (const { name } of keys) await sql.unsafe(`alter table public.${table} drop constraint "${name}"`);
  const indexes = await sql<{ name: string; definition: string }[]>`
    select i.indexrelid::regclass::text as name, pg_get_indexdef(i.indexrelid) as definition from pg_index i
    where i.indrelid = ${`public.${table}`}::regclass and not i.indisprimary
      and not exists (select from pg_constraint c where c.conindid = i.indexrelid)`;
  for (const { name } of indexes) await sql.unsafe(`drop index ${name}`);
  await sql.unsafe(`alter table public.${table} disable trigger user`);
  return [
    ...indexes.map(({ definition }) => definition),
    ...keys.map(
      ({ name, definition }) =>
        `alter table public.${table} add constraint "${name}" ${definition} not valid`,
    ),
    `alter table public.${table} enable trigger user`,
  ];
}
