-- Proof of what admins did: each row of admin_actions holds the hash of the row before it, so none can be altered, taken out, put
-- in or moved without breaking every hash after it. Whoever writes an act takes the head of the chain as its last lock and holds it
-- until the commit: acts are in one order, whatever the order of their ids, and none forks.

-- A project's own functions of these names would make overloads, between which the Data API cannot choose.
do $$
declare
  v_function record;
  v_table text;
begin
  if to_regclass('vidops.admin_action_chain') is not null then
    return;
  end if;
  for v_function in
    select p.oid::regprocedure as name, pg_catalog.pg_get_functiondef(p.oid) as definition
    from pg_catalog.pg_proc p
    where p.pronamespace = 'public'::regnamespace and p.prokind = 'f' and p.proname in (
      'admin_adjust_credits', 'set_model_availability', 'set_model_price', 'set_model_featured', 'ban_user', 'unban_user', 'grant_admin',
      'revoke_admin', 'set_approval_threshold', 'undo_admin_action', 'approve_admin_request', 'reject_admin_request',
      'list_admin_actions', 'get_admin_action', 'read_admin_action_chain', 'list_admin_approvals', 'get_admin_approval',
      'list_approval_thresholds', 'search_users', 'get_user_overview', 'user_stats', 'list_models', 'get_model')
  loop
    insert into vidops.replaced_objects (kind, name, definition) values ('function', v_function.name, v_function.definition);
    raise warning 'vidops: set aside function %', v_function.name using hint = 'Its definition is kept in vidops.replaced_objects.';
    execute format('drop function %s', v_function.name);
  end loop;
  foreach v_table in array array['admin_approvals', 'approval_thresholds'] loop
    if to_regclass('public.' || v_table) is not null then
      raise exception 'vidops cannot adopt this project as it is: it has a table public.% of its own', v_table
        using errcode = '42P07', hint = format('Rename it (alter table public.%1$s rename to …), then apply the migrations again.', v_table);
    end if;
  end loop;
end $$;

alter table public.admin_actions
  add column if not exists ticket text,
  add column if not exists approved_by uuid references public.users (id),
  add column if not exists approval_id bigint,
  add column if not exists undoes bigint references public.admin_actions (id),
  add column if not exists signed_in boolean,
  add column if not exists chain_position bigint,
  add column if not exists previous_hash text,
  add column if not exists hash text;

select vidops.adopt_constraint('public.admin_actions', c.name, c.definition)
from (values
  -- A scheduled cleanup runs with a secret key, which is nobody's.
  ('admin_actions_admin_user_id_check', 'check (admin_user_id is not null or action_type = ''cleanup'')'),
  ('admin_actions_action_type_check', 'check (action_type is not null and action_type in (''credit_refund'', ''credit_adjustment'', '
    '''model_disable'', ''model_enable'', ''model_price'', ''model_feature'', ''model_unfeature'', ''user_ban'', ''user_unban'', '
    '''admin_grant'', ''admin_revoke'', ''rate_limit_reset'', ''rate_limit_rule'', ''cleanup'', ''approval_threshold'', '
    '''approval_request'', ''approval_reject''))'),
  ('admin_actions_ticket_check', 'check (ticket ~ ''\S'' and char_length(ticket) <= 100)'),
  ('admin_actions_approved_by_check', 'check (approved_by <> admin_user_id)')
) as c(name, definition);

-- An act is undone once.
create unique index if not exists admin_actions_undoes_key on public.admin_actions (undoes) where undoes is not null;
create unique index if not exists admin_actions_chain_position_key on public.admin_actions (chain_position);

create table if not exists vidops.admin_action_chain (
  singleton boolean primary key default true check (singleton),
  position bigint not null default 0,
  hash text not null default repeat('0', 64)
) with (fillfactor = 10);
alter table vidops.admin_action_chain enable row level security;
revoke all on vidops.admin_action_chain from public, anon, authenticated, service_role;
comment on table vidops.admin_action_chain is 'The head of the chain: position and hash of the last row of admin_actions.';
insert into vidops.admin_action_chain default values on conflict do nothing;

-- A time as text, the same whatever the session's time zone.
create or replace function vidops.utc_text(p_time timestamptz)
returns text language plpgsql stable set search_path = '' as $$
begin
  return to_char(p_time at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"');
end $$;
revoke execute on function vidops.utc_text(timestamptz) from public, anon, authenticated, service_role;

-- What a row's hash is made of, besides the hash before it: everything in it, as one line of JSON. The first element is the version
-- of this form: rows written before a change of it keep theirs.
create or replace function vidops.admin_action_text(p_action public.admin_actions)
returns text language plpgsql stable set search_path = '' as $$
begin
  return jsonb_build_array(1, p_action.chain_position, p_action.id, p_action.admin_user_id, p_action.action_type, p_action.target_user_id,
    p_action.target_model_id, p_action.target_job_id, p_action.amount, p_action.reason, p_action.reason_code, p_action.ticket,
    p_action.details, p_action.idempotency_key, p_action.request_hash, p_action.run_id, p_action.undoes, p_action.approved_by,
    p_action.approval_id, p_action.signed_in, vidops.utc_text(p_action.created_at))::text;
end $$;
comment on column public.admin_actions.signed_in is 'Whether the admin had signed in; false: a secret key said who acts. Null in rows from before.';
comment on function vidops.admin_action_text(public.admin_actions) is 'hash = hex(sha256(utf8(previous_hash || this))).';

create or replace function vidops.chain_admin_action()
returns trigger language plpgsql security definer set search_path = '' as $$
begin
  select c.position + 1, c.hash into strict new.chain_position, new.previous_hash from vidops.admin_action_chain c for no key update;
  new.hash := encode(sha256(convert_to(new.previous_hash || vidops.admin_action_text(new), 'UTF8')), 'hex');
  update vidops.admin_action_chain set position = new.chain_position, hash = new.hash;
  return new;
end $$;

revoke execute on function vidops.admin_action_text(public.admin_actions) from public, anon, authenticated, service_role;
revoke execute on function vidops.chain_admin_action() from public, anon, authenticated, service_role;

-- Rows from before the chain are taken into it in the order of their ids. What was done to them earlier, it cannot say.
do $$
declare
  v_action public.admin_actions;
begin
  if not exists (select from public.admin_actions where chain_position is null) then
    return;
  end if;
  alter table public.admin_actions disable trigger admin_actions_append_only;
  for v_action in select * from public.admin_actions where chain_position is null order by id loop
    select c.position + 1, c.hash into v_action.chain_position, v_action.previous_hash from vidops.admin_action_chain c;
    v_action.hash := encode(sha256(convert_to(v_action.previous_hash || vidops.admin_action_text(v_action), 'UTF8')), 'hex');
    update public.admin_actions a
    set chain_position = v_action.chain_position, previous_hash = v_action.previous_hash, hash = v_action.hash
    where a.id = v_action.id;
    update vidops.admin_action_chain set position = v_action.chain_position, hash = v_action.hash;
  end loop;
  alter table public.admin_actions enable always trigger admin_actions_append_only;
end $$;

alter table public.admin_actions
  alter column chain_position set not null,
  alter column previous_hash set not null,
  alter column hash set not null;

-- Not "enable always": a restore of data brings the rows with their hashes, and must not chain them anew.
create or replace trigger admin_actions_chain before insert on public.admin_actions
  for each row execute function vidops.chain_admin_action();
