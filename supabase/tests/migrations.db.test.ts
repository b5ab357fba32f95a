import { readFileSync } from "node:fs";
import { createEmptyDatabase } from "@vidops/local/testing";
import { describe, expect, it } from "vitest";
import { migrationFiles as files, migrate } from "./migrate.ts";

type Sql = Awaited<ReturnType<typeof createEmptyDatabase>>["sql"];

const existingProject = readFileSync(new URL("./fixtures/existing_project.sql", import.meta.url), "utf8");

/** The schema as the catalog has it, leaving out what an order of creation alone decides. */
async function catalog(sql: Sql): Promise<string[]> {
  const rows = await sql`
    with ours as (select oid, relname, relacl, relrowsecurity from pg_class where relnamespace in ('public'::regnamespace, 'vidops'::regnamespace))
    select * from (
      select 'column ' || c.relname || '.' || a.attname || ' ' || format_type(a.atttypid, a.atttypmod) || ' ' || a.attnotnull::text || ' '
        || coalesce(pg_get_expr(d.adbin, d.adrelid), '') || ' ' || coalesce((select string_agg(x::text, ',' order by x::text) from unnest(a.attacl) x), '') as line
      from ours c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
      left join pg_attrdef d on d.adrelid = c.oid and d.adnum = a.attnum
      union all select 'relation ' || relname || ' ' || relrowsecurity::text || ' '
        || coalesce((select string_agg(x::text, ',' order by x::text) from unnest(relacl) x), '') from ours
      union all select 'constraint ' || conrelid::regclass || ' ' || conname || ' ' || pg_get_constraintdef(oid) from pg_constraint where conrelid in (select oid from ours)
      union all select 'index ' || pg_get_indexdef(indexrelid) from pg_index where indrelid in (select oid from ours)
      union all select 'trigger ' || tgrelid::regclass || ' ' || pg_get_triggerdef(oid) || ' ' || tgenabled::text from pg_trigger where tgrelid in (select oid from ours) and not tgisinternal
      union all select 'policy ' || tablename || ' ' || policyname || ' ' || cmd || ' ' || roles::text || ' ' || coalesce(qual, '') || ' ' || coalesce(with_check, '') from pg_policies
      union all select 'function ' || pg_get_functiondef(oid) || ' ' || coalesce((select string_agg(x::text, ',' order by x::text) from unnest(proacl) x), '')
        from pg_proc where pronamespace in ('public'::regnamespace, 'vidops'::regnamespace)
    ) t order by line collate "C"`;
  return rows.map((row) => row.line);
}

const grants = (lines: string[]): string[] =>
  lines.filter((line) => /^(relation|column|function)/.test(line));

describe("the migrations", () => {
  it("have 14-digit timestamps that rise, and the newest is the schema's version", async () => {
    expect(files.every((file) => /^\d{14}_[a-z_]+\.sql$/.test(file))).toBe(true);
    expect(new Set(files.map((file) => file.slice(0, 14))).size).toBe(files.length);
    await using database = await createEmptyDatabase();
    await migrate(database.sql);
    const [row] = await database.sql`select vidops.schema_version() as version`;
    expect(row?.version).toBe(files.at(-1)?.slice(0, 14));
  });

  it("change nothing when they are applied a second time", async () => {
    await using database = await createEmptyDatabase();
    await migrate(database.sql);
    const once = await catalog(database.sql);
    expect(once.length).toBeGreaterThan(150);
    await migrate(database.sql);
    expect(await catalog(database.sql)).toEqual(once);
  });

  it("give the same privileges under Supabase's old defaults, which granted all, as under the new ones", async () => {
    await using fresh = await createEmptyDatabase();
    await migrate(fresh.sql);
    await using old = await createEmptyDatabase();
    for (const kind of ["tables", "functions", "sequences"]) {
      await old.sql.unsafe(
        `alter default privileges in schema public grant all on ${kind} to anon, authenticated, service_role`,
      );
    }
    await migrate(old.sql);
    expect(grants(await catalog(old.sql))).toEqual(grants(await catalog(fresh.sql)));
  });

  it("make the storage buckets where there is Storage, and only thumbnails are public", async () => {
    await using without = await createEmptyDatabase();
    await without.sql`drop schema storage cascade`;
    await migrate(without.sql);
    await using database = await createEmptyDatabase();
    await migrate(database.sql);
    await migrate(database.sql);
    expect(await database.sql`select id, public from storage.buckets order by id`).toEqual([
      { id: "thumbnails", public: true },
      { id: "user_uploads", public: false },
      { id: "videos", public: false },
    ]);
  });
});

describe("a project that has the tables already", () => {
  it("is adopted with every row it had", async () => {
    await using database = await createEmptyDatabase();
    const { sql } = database;
    await sql.unsafe(existingProject);
    const rows = async () => ({
      users:
        await sql`select id, email, credits_remaining, credits_total, language, created_at from public.users order by id`,
      jobs: await sql`select job_id, user_id, model_id, prompt, status, credits_used, created_at from public.video_jobs order by job_id`,
      ledger:
        await sql`select id, user_id, job_id, change, reason, transaction_id, balance_after, created_at from public.quota_log where reason <> 'opening_balance' order by id`,
      models: await sql`select id, name, cost_per_generation, provider from public.models`,
      keys: await sql`select idempotency_key::text, user_id, job_id, operation_type, response_data, status_code, expires_at from public.idempotency_log`,
    });
    const before = await rows();
    await migrate(sql);
    expect(await rows()).toEqual(before);
    await migrate(sql);
    expect(await rows()).toEqual(before);
  });

  it("has provable books from then on, with opening entries only where they are needed", async () => {
    await using database = await createEmptyDatabase();
    await database.sql.unsafe(existingProject);
    await migrate(database.sql);
    const [audit] = await database.sql`select public.audit_credits() as answer`;
    expect(audit?.answer).toMatchObject({ users_checked: 3, users_drifted: 0 });
    const opening = await database.sql`
      select u.email, q.change, q.balance_after from public.quota_log q join public.users u on u.id = q.user_id where q.reason = 'opening_balance' order by q.id`;
    expect(opening).toEqual([
      { email: "cem@example.com", change: -7, balance_after: 7 },
      { email: null, change: 10, balance_after: 10 },
    ]);
  });

  it("counts a refund made before, so that it cannot be made again", async () => {
    await using database = await createEmptyDatabase();
    const { sql } = database;
    await sql.unsafe(existingProject);
    await migrate(sql);
    await sql`update public.users set is_admin = true where email = 'ada@example.com'`;
    const [row] = await sql`
      select public.admin_refund_credits(null, 'again', null, '30000000-0000-4000-8000-000000000002', null, (select id from public.users where is_admin)) as answer`;
    expect(row?.answer).toMatchObject({ success: false, error: "nothing_to_refund" });
  });

  it("loses its holes: open functions, overloads and policies are set aside with their definitions", async () => {
    await using database = await createEmptyDatabase();
    await database.sql.unsafe(existingProject);
    await migrate(database.sql);
    const kept = await database.sql`select kind, name from vidops.replaced_objects order by id`;
    expect(kept).toHaveLength(6);
    const [definition] =
      await database.sql`select definition from vidops.replaced_objects where name like '%update own profile%'`;
    expect(definition?.definition).toContain("for UPDATE");
    const [report] = await database.sql`select public.doctor_report() as answer`;
    expect(report?.answer).toMatchObject({ findings: [], replaced_objects: 6 });
  });

  it("loses triggers that would book each ledger row twice, and keeps others", async () => {
    await using database = await createEmptyDatabase();
    const { sql } = database;
    await sql.unsafe(existingProject);
    await sql.unsafe(`
      create function public.book() returns trigger language plpgsql as $$
        begin update public.users set credits_remaining = credits_remaining + new.change where id = new.user_id; return new; end $$;
      create trigger book after insert on public.quota_log for each row execute function public.book();
      create function public.touch() returns trigger language plpgsql as $$ begin new.updated_at := now(); return new; end $$;
      create trigger touch before update on public.users for each row execute function public.touch();`);
    await migrate(sql);
    expect(await sql`select credits_remaining from public.users order by id`).toEqual([
      { credits_remaining: 16 },
      { credits_remaining: 7 },
      { credits_remaining: 10 },
    ]);
    expect(await sql`select tgname from pg_trigger where tgname in ('book', 'touch')`).toEqual([
      { tgname: "touch" },
    ]);
    expect(await sql`select name from vidops.replaced_objects where kind = 'trigger'`).toHaveLength(1);
  });

  it("keeps its users when a sign-in is deleted, though their id referred to auth.users", async () => {
    await using database = await createEmptyDatabase();
    const { sql } = database;
    await sql.unsafe(existingProject);
    await sql.unsafe(`
      insert into auth.users (id) select id from public.users;
      alter table public.users add constraint users_id_fkey foreign key (id) references auth.users (id) on delete cascade;`);
    await migrate(sql);
    await sql`delete from auth.users`;
    expect(await sql`select id from public.users`).toHaveLength(3);
    expect(await sql`select name from vidops.replaced_objects where kind = 'constraint'`).toHaveLength(1);
  });

  it("is adopted whatever its sequences are called", async () => {
    await using database = await createEmptyDatabase();
    await database.sql.unsafe(existingProject);
    await database.sql`alter sequence public.quota_log_id_seq rename to ledger_numbers`;
    await migrate(database.sql);
    const [may] =
      await database.sql`select has_sequence_privilege('service_role', 'public.ledger_numbers', 'usage') as usage`;
    expect(may).toEqual({ usage: false });
  });

  it("ends with the same grants, policies, functions and triggers as a new one", async () => {
    await using fresh = await createEmptyDatabase();
    await migrate(fresh.sql);
    await using adopted = await createEmptyDatabase();
    await adopted.sql.unsafe(existingProject);
    await migrate(adopted.sql);
    const decisive = (lines: string[]) =>
      lines.filter((line) => /^(relation|policy|function|trigger)/.test(line) && !/_key |_pkey /.test(line));
    expect(decisive(await catalog(adopted.sql))).toEqual(decisive(await catalog(fresh.sql)));
  });

  it("is refused, unchanged, when a column has another type", async () => {
    await using database = await createEmptyDatabase();
    await database.sql.unsafe(existingProject);
    await database.sql`alter table public.users alter column credits_remaining type numeric`;
    await expect(migrate(database.sql)).rejects.toMatchObject({
      message:
        "vidops cannot adopt this project as it is: users.credits_remaining is numeric, needed: integer",
    });
    const [schema] = await database.sql`select to_regnamespace('vidops') as found`;
    expect(schema).toEqual({ found: null });
  });

  it("is refused with the constraint's name when earlier rows break it", async () => {
    await using database = await createEmptyDatabase();
    await database.sql.unsafe(existingProject);
    await database.sql`update public.users set language = 'de' where email is null`;
    await expect(migrate(database.sql)).rejects.toThrow("earlier rows break users_language_check");
    const [row] = await database.sql`select language from public.users where email is null`;
    expect(row).toEqual({ language: "de" });
  });
});

describe("doctor_report", () => {
  it.each([
    ["grant update on public.users to authenticated", "table_grant", "public.users"],
    [
      "grant update (credits_remaining) on public.users to service_role",
      "column_grant",
      "public.users.credits_remaining",
    ],
    ["grant update (tier) on public.users to authenticated", "column_grant", "public.users.tier"],
    [
      "grant execute on function public.add_credits to anon",
      "function_grant",
      "public.add_credits(uuid,integer,text,text)",
    ],
    [
      "create function public.deduct_credits(a int) returns int language sql as 'select 1'",
      "function_overload",
      "public.deduct_credits",
    ],
    ["alter function public.deduct_credits reset all", "function_search_path", "public.deduct_credits"],
    ["alter table public.quota_log disable row level security", "row_level_security", "public.quota_log"],
    ["create policy open on public.users for select using (true)", "policy", "open on public.users"],
    [
      "alter policy users_select_own on public.users using (true)",
      "policy",
      "users_select_own on public.users",
    ],
    [
      "grant update (credits_used) on public.video_jobs to service_role",
      "column_grant",
      "public.video_jobs.credits_used",
    ],
    ["grant insert (reason) on public.quota_log to service_role", "column_grant", "public.quota_log.reason"],
    [
      "create view public.profiles as select * from public.users; grant all on public.profiles to anon",
      "view",
      "public.profiles",
    ],
    [
      "create function public.gift() returns void language sql security definer as 'update public.users set credits_remaining = 9'",
      "security_definer_function",
      "public.gift()",
    ],
    [
      "create function public.book() returns trigger language plpgsql as 'begin update public.users set credits_remaining = 9; return new; end'; create trigger book after insert on public.quota_log for each row execute function public.book()",
      "trigger",
      "book on public.quota_log",
    ],
    ["alter table public.quota_log disable trigger quota_log_append_only", "append_only", "public.quota_log"],
    ["grant execute on function public.log_error to authenticated", "function_grant", "public.log_error"],
    ["alter table public.error_log disable trigger error_log_count", "error_counting", "public.error_log"],
    ["drop trigger error_log_prepare on public.error_log", "error_counting", "public.error_log"],
    ["drop trigger video_jobs_state on public.video_jobs", "job_states", "public.video_jobs"],
    ["alter table public.users disable trigger users_closed_guest", "job_states", "public.users"],
  ])("finds what was opened by: %s", async (opening, kind, object) => {
    await using database = await createEmptyDatabase();
    await migrate(database.sql);
    const report = async () => {
      const [row] = await database.sql`select public.doctor_report() -> 'findings' as findings`;
      return row?.findings as { kind: string; object: string; fix: string }[];
    };
    expect(await report()).toEqual([]);
    await database.sql.unsafe(opening);
    const findings = await report();
    expect(findings.some((finding) => finding.kind === kind && finding.object.includes(object))).toBe(true);
    // The fix it names closes the hole, where it is one statement.
    const fixes = findings.filter((finding) => /^(revoke|alter|drop)[^;]*;$/.test(finding.fix));
    if (fixes.some((finding) => finding.kind === kind)) {
      for (const { fix } of fixes) await database.sql.unsafe(fix);
      expect((await report()).filter((finding) => finding.kind === kind)).toEqual([]);
    }
  });
});
