import { createEmptyDatabase } from "@vidops/local/testing";
import { describe, expect, it } from "vitest";
import { walkChain } from "./acting.ts";
import { migrate, migrateFrom, migrateUntil } from "./migrate.ts";

type Sql = Awaited<ReturnType<typeof createEmptyDatabase>>["sql"];

const chain = "20261127000000";

/** The tables as they were first written down, with two actions in them. */
const firstTables = `
  create table public.users (id uuid primary key, email text, credits_remaining integer default 0, is_admin boolean default false);
  create table public.models (id uuid primary key default gen_random_uuid(), name text, is_available boolean default true);
  create table public.admin_actions (
    id bigserial primary key,
    admin_user_id uuid not null references public.users (id),
    action_type text not null check (action_type in (
      'credit_refund', 'credit_adjustment', 'model_disable', 'model_enable', 'user_ban', 'user_unban')),
    target_user_id uuid references public.users (id),
    target_model_id uuid references public.models (id),
    amount integer,
    reason text not null,
    details jsonb default '{}',
    created_at timestamptz default now()
  );
  insert into public.users (id, email, is_admin, credits_remaining) values
    ('00000000-0000-4000-8000-00000000000a', 'a@example.com', true, 0), ('00000000-0000-4000-8000-00000000000b', 'b@example.com', false, 10);
  insert into public.admin_actions (admin_user_id, action_type, target_user_id, amount, reason)
  select '00000000-0000-4000-8000-00000000000a', 'credit_refund', '00000000-0000-4000-8000-00000000000b', 5, 'late' from generate_series(1, 2);`;
const admin = "00000000-0000-4000-8000-00000000000a";
const user = "00000000-0000-4000-8000-00000000000b";

async function ask(sql: Sql, call: string): Promise<Record<string, unknown>> {
  const [row] = await sql.unsafe(`select public.${call} as answer`);
  return row?.answer;
}

describe("a project with the actions of the first hour", () => {
  it("has every kind of act from then on, cleanups by a schedule too, in one chain with the old ones", async () => {
    await using database = await createEmptyDatabase();
    const { sql } = database;
    await sql.unsafe(firstTables);
    await migrate(sql);
    await sql`insert into public.models (name, cost_per_generation, provider, provider_model_id) values ('m', 4, 'fal', 'm')`;
    const [model] = await sql`select id from public.models limit 1`;
    await sql`insert into public.rate_limit_log (ip_address, action, created_at) values ('203.0.113.1', 'x', now() - interval '30 days')`;
    for (const call of [
      `admin_adjust_credits('${user}', -1, 'x', p_admin_user_id => '${admin}')`,
      `set_model_price('${model?.id}', 9, 'x', '${admin}')`,
      `ban_user('${user}', 'x', '${admin}')`,
      `unban_user('${user}', 'x', '${admin}')`,
      `grant_admin('${user}', 'x', '${admin}')`,
      `set_approval_threshold('act_credits', 9, 'x', '${admin}')`,
      "cleanup_rate_limit_logs()",
    ])
      expect([call, (await ask(sql, call)).action_id]).toEqual([call, expect.any(Number)]);
    const old = await ask(sql, `undo_admin_action(1, 'x', true, '${admin}')`);
    expect(old).toMatchObject({ success: true, undoes: 1 });
    expect(await walkChain(sql)).toEqual({ rows: 10, broken: [], headFits: true });
  });
});

describe("a project with things of its own by our names", () => {
  it.each([
    ["a column", "alter table public.admin_actions add column hash bytea", "42804", /hash \(bytea\)/],
    [
      "a column of ours in another type",
      "alter table public.admin_actions alter column reason type varchar(80)",
      "42804",
      /reason/,
    ],
    ["a table", "create table public.admin_approvals (id integer)", "42P07", /admin_approvals/],
    [
      "an index",
      "create index admin_actions_undoes_key on public.admin_actions (id)",
      "42P07",
      /admin_actions_undoes_key/,
    ],
    [
      "a function that a view needs",
      "create function public.list_model_usage() returns setof public.models language sql stable as 'select * from public.models'; create view public.shop as select * from public.list_model_usage()",
      "2BP01",
      /list_model_usage/,
    ],
  ])("is told what to rename, and left as it was: %s", async (_, before, code, message) => {
    await using database = await createEmptyDatabase();
    const { sql } = database;
    await migrateUntil(sql, chain);
    await sql.unsafe(before);
    await expect(migrateFrom(sql, chain)).rejects.toMatchObject({
      ...{ code, message: expect.stringMatching(message), hint: expect.stringMatching(/[Rr]ename/) },
    });
    const [made] = await sql`select to_regclass('vidops.admin_action_chain') as chain`;
    expect(made).toEqual({ chain: null });
  });

  it("has its functions and procedures of these names set aside, with their definitions", async () => {
    await using database = await createEmptyDatabase();
    const { sql } = database;
    await migrateUntil(sql, chain);
    await sql.unsafe(`
      create function public.ban_user(p_id uuid) returns boolean language sql as 'select true';
      create procedure public.grant_admin(p_id uuid) language sql as 'select true';`);
    await migrateFrom(sql, chain);
    const kept =
      await sql`select name from vidops.replaced_objects where name ~ 'ban_user|grant_admin' order by 1`;
    expect(kept.map(({ name }) => name)).toEqual(["ban_user(uuid)", "grant_admin(uuid)"]);
  });

  it("keeps writing its own columns of models with the secret key, but not the three that acts change", async () => {
    await using database = await createEmptyDatabase();
    const { sql } = database;
    await migrateUntil(sql, chain);
    await sql`alter table public.models add column sort_order integer`;
    await migrateFrom(sql, chain);
    const rights = await sql`
      select attname, has_column_privilege('service_role', attrelid, attname, 'update') as update from pg_attribute
      where attrelid = 'public.models'::regclass and attname in ('sort_order', 'name', 'is_available', 'is_featured', 'cost_per_generation') order by 1`;
    expect(rights.filter(({ update }) => update).map(({ attname }) => attname)).toEqual([
      "name",
      "sort_order",
    ]);
  });
});
