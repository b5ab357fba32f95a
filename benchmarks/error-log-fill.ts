import type { Sql } from "postgres";

/** How many errors the log holds. */
export const rows = 10_000_000;
/** Of these, how many came in one hour of an outage, eleven hours ago. */
const outageRows = 500_000;

/**
 * Fills public.error_log with a month of a busy app, oldest first as errors come: 1,200 kinds of errors of 40 codes at 200
 * endpoints, few of which make most of the rows; 20,000 users; languages down to one row in 100,000; and an outage. Triggers are
 * off meanwhile and indexes are made afterwards; the counts come from the same function that repairs them.
 *
 * @returns seconds that each part took
 */
export async function fillErrorLog(sql: Sql, say: (line: string) => void): Promise<void> {
  const timed = async (what: string, work: () => Promise<unknown>): Promise<void> => {
    const started = performance.now();
    await work();
    say(`${what}: ${((performance.now() - started) / 1000).toFixed(0)} s`);
  };
  await sql`set maintenance_work_mem = '1GB'`;
  await sql`set work_mem = '256MB'`;
  await sql`set synchronous_commit = off`;
  await sql`select setseed(0.2026)`;
  await sql`insert into public.users (email) select 'user' || i || '@example.com' from generate_series(1, 20000) i`;
  await sql`create temporary table bench_user as select row_number() over () as nr, id from public.users`;
  await sql`create unique index on bench_user (nr)`;
  await sql`
    create temporary table bench_kind as
    select nr, code, endpoint, message, vidops.error_fingerprint(code, endpoint, jsonb_build_object('message', message)) as fingerprint
    from (
      select nr, 'ERR_' || (4001 + floor(40 * (hashint4(nr) & 1023) ^ 2 / 1024 ^ 2)) as code,
        '/functions/v1/' || (array['generate-video', 'purchase', 'profile', 'jobs', 'models', 'upload', 'webhook', 'auth', 'credits', 'share'])[1 + nr % 10] || '/' || chr(97 + nr / 10 * 7 % 20)
          as endpoint,
        (array['provider timed out', 'connection reset', 'duplicate key value violates unique constraint "k"', 'not found', 'invalid prompt'])[1 + nr % 5]
          || ' at step ' || chr(97 + nr % 26) || chr(97 + nr / 26 % 26) as message
      from generate_series(1, 1200) nr) k`;
  await sql`create unique index on bench_kind (nr)`;
  await sql`analyze bench_user, bench_kind`;

  const indexes = await sql<{ name: string; definition: string }[]>`
    select indexrelid::regclass::text as name, pg_get_indexdef(indexrelid) as definition from pg_index
    where indrelid = 'public.error_log'::regclass and not indisprimary`;
  for (const { name } of indexes) await sql.unsafe(`drop index ${name}`);
  await sql`alter table public.error_log disable trigger user`;
  // The foreign key is checked by the benchmark's own data; ten million lookups would only take time.
  await sql`alter table public.error_log drop constraint error_log_user_id_fkey`;
  const part = (count: number, from: string, until: string, kind: string) =>
    sql.unsafe(`
    insert into public.error_log (user_id, error_code, endpoint, request_id, language, status, fingerprint, request_data, error_details, created_at)
    select u.id, k.code, k.endpoint, 'req_' || substr(md5(r.i::text || '${from}'), 1, 20), r.language, 500, k.fingerprint,
      jsonb_build_object('model', 'kling', 'prompt', repeat('a fox runs ', 3 + (r.i % 5)::integer)),
      jsonb_build_object('name', 'VidopsError', 'message', k.message, 'attempt', r.i % 4, 'stack', repeat('at call (file.ts:12:3) ', 4)),
      now() - interval '${from}' + r.i * (interval '${from}' - interval '${until}') / ${count}
    from (
      select i, ${kind} as kind, case when random() < 0.3 then null else 1 + floor(20000 * random() ^ 3)::integer end as person,
        case when random() < 0.00001 then 'ja' when random() < 0.001 then 'de' when random() < 0.02 then null
          when random() < 0.55 then 'en' when random() < 0.55 then 'tr' else 'es' end as language
      from generate_series(1, ${count}) i offset 0) r
    join bench_kind k on k.nr = r.kind left join bench_user u on u.nr = r.person order by r.i`);
  const anyKind = "1 + floor(1200 * random() ^ 4)::integer";
  await timed(`${rows.toLocaleString("en")} rows`, async () => {
    const calm = rows - outageRows;
    const before = Math.round((calm * (30 * 24 - 11)) / (30 * 24 - 1));
    await part(before, "30 days", "11 hours", anyKind);
    await part(
      outageRows,
      "11 hours",
      "10 hours",
      "case when random() < 0.9 then 7 else 1 + floor(1200 * random() ^ 4)::integer end",
    );
    await part(calm - before, "10 hours", "0 seconds", anyKind);
  });
  await timed("the seed's table beside it, with its two indexes", async () => {
    await sql`create table public.seed_error_log (like public.error_log including defaults)`;
    await sql`alter table public.seed_error_log drop column request_id, drop column fingerprint, drop column language, drop column status`;
    await sql`
      insert into public.seed_error_log (id, user_id, error_code, endpoint, request_data, error_details, created_at)
      select id, user_id, error_code, endpoint, request_data, error_details, created_at from public.error_log`;
    await sql`alter table public.seed_error_log add primary key (id)`;
    await sql`create index on public.seed_error_log (error_code)`;
    await sql`create index on public.seed_error_log (user_id, created_at desc)`;
  });
  await timed("indexes", async () => {
    for (const { definition } of indexes) await sql.unsafe(definition);
  });
  await timed("counts", () => sql`select vidops.recount_errors('-infinity', 'infinity')`);
  await sql`alter table public.error_log enable trigger user`;
  await sql`alter table public.error_log add constraint error_log_user_id_fkey foreign key (user_id) references public.users (id) not valid`;
  await timed("vacuum", async () => {
    await sql`vacuum (analyze) public.error_log`;
    await sql`vacuum (analyze) public.seed_error_log`;
    await sql`vacuum (analyze) vidops.error_counts`;
  });
}
