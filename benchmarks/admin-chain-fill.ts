import type { Sql } from "postgres";

const chunk = 50_000;

/** People and models that acts are about: 8 admins, so many users, 200 models. */
export async function fillPeople(sql: Sql, users: number): Promise<void> {
  await sql`
    insert into public.users (id, email, is_admin, credits_remaining, credits_total)
    select gen_random_uuid(), case when i <= 8 then 'ops' else 'user' end || i || '@example.com', i <= 8, 100000, 100000
    from generate_series(1, ${users}::int) i`;
  await sql`
    insert into public.models (name, provider, provider_model_id, cost_per_generation)
    select 'Model ' || i, 'fal', 'fal/model-' || i, 4 from generate_series(1, 200) i`;
  await sql`analyze public.users, public.models`;
}

/**
 * So many acts of a year, chained as the trigger chains them, but 50,000 in one statement: refunds and adjustments of users
 * most of all, then models, bans and rules; one in five with a ticket. One admin does half of all.
 */
export async function fillActs(sql: Sql, acts: number, say: (line: string) => void): Promise<void> {
  await sql`
    create or replace function pg_temp.fill(p_from integer, p_to integer, p_all integer) returns void language plpgsql as $$
    declare
      v_action public.admin_actions;
      v_admins uuid[] := array(select id from public.users where is_admin order by email limit 8);
      v_users uuid[] := array(select id from public.users where not is_admin order by id);
      v_models uuid[] := array(select id from public.models order by id);
      v_position bigint; v_hash text; v_kind integer;
    begin
      select position, hash into v_position, v_hash from vidops.admin_action_chain;
      for i in p_from .. p_to loop
        v_kind := (i::bigint * 7919) % 100;
        v_action := null;
        v_action.id := nextval('public.admin_actions_id_seq');
        v_action.created_at := now() - interval '365 days' * (1 - i::float8 / p_all);
        v_action.admin_user_id := v_admins[case when i % 2 = 0 then 1 else 1 + (i / 2) % 8 end];
        v_action.reason := 'reported by the user, case ' || i;
        v_action.signed_in := true;
        v_action.run_id := 'run_' || i / 3;
        v_action.ticket := case when i % 5 = 0 then 'SUP-' || i / 20 end;
        if v_kind < 85 then
          v_action.action_type := case when v_kind < 60 then 'credit_refund' else 'credit_adjustment' end;
          v_action.target_user_id := v_users[1 + (i::bigint * 104729) % array_length(v_users, 1)];
          v_action.amount := 1 + i % 40;
          v_action.details := jsonb_build_object('before', jsonb_build_object('credits_remaining', i % 100), 'after', jsonb_build_object('credits_remaining', i % 100 + 1 + i % 40));
        elsif v_kind < 93 then
          v_action.action_type := (array['model_price', 'model_disable', 'model_enable'])[1 + i % 3];
          v_action.target_model_id := v_models[1 + (i / 100) % 200];
          v_action.details := '{"before": {"cost_per_generation": 4}, "after": {"cost_per_generation": 5}}';
        elsif v_kind < 98 then
          v_action.action_type := case when i % 2 = 0 then 'user_ban' else 'user_unban' end;
          v_action.target_user_id := v_users[1 + (i::bigint * 104729) % array_length(v_users, 1)];
          v_action.details := '{"before": {"banned_at": null}, "after": {"banned_at": "2026-11-25T00:00:00Z"}}';
        else
          v_action.action_type := case when i % 2 = 0 then 'rate_limit_rule' else 'cleanup' end;
          v_action.details := '{"action": "login", "before": 5, "after": 6}';
        end if;
        v_position := v_position + 1;
        v_action.chain_position := v_position;
        v_action.previous_hash := v_hash;
        v_hash := encode(sha256(convert_to(v_hash || vidops.admin_action_text(v_action), 'UTF8')), 'hex');
        v_action.hash := v_hash;
        insert into pg_temp.acts select v_action.*;
      end loop;
      update vidops.admin_action_chain set position = v_position, hash = v_hash;
    end $$`;
  await sql`create temp table acts (like public.admin_actions)`;
  await sql`alter table public.admin_actions disable trigger user`;
  for (let from = 1; from <= acts; from += chunk) {
    await sql`select pg_temp.fill(${from}, ${Math.min(acts, from + chunk - 1)}, ${acts})`;
    await sql`insert into public.admin_actions select * from pg_temp.acts`;
    await sql`truncate pg_temp.acts`;
    if ((from - 1) % (chunk * 5) === 0) say(`filled ${Math.min(acts, from - 1 + chunk)} of ${acts} acts`);
  }
  await sql`alter table public.admin_actions enable trigger user`;
  await sql`vacuum analyze public.admin_actions`;
}
