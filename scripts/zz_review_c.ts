import { createEmptyDatabase, stopTestServer } from "@vidops/local/testing";
import { migrate } from "../supabase/tests/migrate.ts";
import { walkChain } from "../supabase/tests/acting.ts";
const out = (l: string, v: unknown) => console.log(l, JSON.stringify(v)?.slice(0, 600));
const base = `create table public.users (id uuid primary key default gen_random_uuid(), email text, is_admin boolean default false, credits_remaining integer default 0, credits_total integer default 0);
insert into public.users (id, email, is_admin) values ('00000000-0000-0000-0000-000000000001','a@x.com',true),('00000000-0000-0000-0000-000000000002','b@x.com',true),('00000000-0000-0000-0000-000000000003','c@x.com',false);
create table public.models (id uuid primary key default gen_random_uuid(), name text, cost_per_generation integer, provider text, provider_model_id text, sort_order integer, max_seconds integer);
`;
const tab = (cols: string) => `create table public.admin_actions (id bigserial primary key, admin_user_id uuid, action_type text, target_user_id uuid, amount integer, reason text, details jsonb, created_at timestamptz default now()${cols});
insert into public.admin_actions (admin_user_id, action_type, target_user_id, reason) values ('00000000-0000-0000-0000-000000000001','user_ban','00000000-0000-0000-0000-000000000003','old');`;
const cases: [string, string][] = [
  ["ticket integer", tab(", ticket integer")], ["hash bytea", tab(", hash bytea")], ["hash not null default", tab(", hash text not null default ''")], ["previous_hash varchar(32)", tab(", previous_hash varchar(32)")],
  ["undoes uuid", tab(", undoes uuid")], ["approval_id uuid", tab(", approval_id uuid")], ["approved_by text", tab(", approved_by text")], ["approved_by bigint", tab(", approved_by bigint")],
  ["chain_position integer", tab(", chain_position integer")], ["chain_position filled", tab(", chain_position bigint default 7")],
  ["own ticket blank", tab(", ticket text default ''")],["ticket not null", tab(", ticket text not null default 'T'")], ["undoes filled, twice", tab(", undoes bigint") + "insert into public.admin_actions (admin_user_id, action_type, reason, undoes) select admin_user_id, action_type, reason, 1 from public.admin_actions, generate_series(1,2);"],
  ["approved_by self", tab(", approved_by uuid") + "insert into public.admin_actions (admin_user_id, action_type, reason, approved_by) select admin_user_id, action_type, reason, admin_user_id from public.admin_actions;"],
  ["null reason", tab("") + "insert into public.admin_actions (admin_user_id, action_type) select admin_user_id, action_type from public.admin_actions;"],
  ["old type", tab("") + "insert into public.admin_actions (admin_user_id, action_type, reason) select admin_user_id, 'login', 'x' from public.admin_actions;"],
  ["type varchar(12)", tab("").replace("action_type text", "action_type varchar(13)")],
  ["trigger after ours", tab("") + "create function public.norm() returns trigger language plpgsql as $$ begin new.reason := upper(new.reason); return new; end $$; create trigger zz_norm before insert on public.admin_actions for each row execute function public.norm();"],
  ["trigger upd", tab(", updated_at timestamptz") + "create function public.touch() returns trigger language plpgsql as $$ begin new.updated_at := now(); new.reason := new.reason || '!'; return new; end $$; create trigger touch before update on public.admin_actions for each row execute function public.touch();"],
  ["not null column of theirs", tab(", severity text not null default 'x', must text") + "update public.admin_actions set must = 'y'; alter table public.admin_actions alter must set not null;"],
  ["view on list_models", tab("") + "create function public.list_models() returns setof public.models language sql stable as $$ select * from public.models $$; create view public.v_models as select * from public.list_models();"],
  ["procedure ban_user", tab("") + "create procedure public.ban_user(p uuid) language sql as $$ select 1 $$;"],
  ["procedure same args", tab("") + "create procedure public.ban_user(uuid, text, uuid, boolean, text, text) language sql as $$ select 1 $$;"],
  ["aggregate", tab("") + "create aggregate public.list_models(integer) (sfunc = int4pl, stype = integer);"],
  ["table admin_approvals", tab("") + "create table public.admin_approvals (id int);"],
  ["type admin_approvals_id_seq", tab("") + "create sequence public.admin_approvals_id_seq;"],
  ["index name", tab("") + "create index admin_actions_undoes_key on public.admin_actions (created_at); create index admin_actions_chain_position_key on public.admin_actions (amount);"],
];
for (const [name, extra] of cases) {
  if (process.argv[2] && !name.includes(process.argv[2])) continue;
  const db = await createEmptyDatabase();
  try {
    await db.sql.unsafe(base + extra);
    await migrate(db.sql);
    const r: unknown[] = [];
    const rid = "00000000-0000-0000-0000-000000000001";
    for (const q of [`select public.admin_adjust_credits('00000000-0000-0000-0000-000000000003', 5, 'x', p_admin_user_id => '${rid}', p_ticket => 'SUP-1')`, `select public.ban_user('00000000-0000-0000-0000-000000000003', 'x', '${rid}')`,
      `select public.set_approval_threshold('act_credits', 5, 'x', '${rid}')`, `select public.grant_admin('00000000-0000-0000-0000-000000000002', 'x', '${rid}')`, `select public.admin_adjust_credits('00000000-0000-0000-0000-000000000003', 50, 'x', p_admin_user_id => '${rid}')`,
      `select public.undo_admin_action(max(id), 'x', p_admin_user_id => '${rid}') from public.admin_actions where action_type = 'credit_adjustment'`])
      try { const [x] = await db.sql.unsafe(q); const v: any = Object.values(x!)[0]; r.push(v.success || v.error); } catch (e: any) { r.push(e.code + " " + e.message); }
    out(name + " OK", [r, await walkChain(db.sql as never).catch((e) => e.message), (await db.sql`select kind, object, detail from vidops.security_findings()`)]);
    try { await migrate(db.sql); } catch (e: any) { out("  again FAILED", e.message); }
  } catch (e: any) { out(name + " FAILED", [e.code, e.message, e.hint]); }
  finally { await db[Symbol.asyncDispose](); }
}
await stopTestServer();
