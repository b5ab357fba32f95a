-- Proof of what admins did: each row of admin_actions holds the hash of the row before it, so none can be altered, taken out, put
-- in or moved without breaking every hash after it. Whoever writes an act takes the head of the chain as its last lock and holds it
-- until the commit: acts are in one order, whatever the order of their ids, and none forks.

-- A project's own functions of these names would make overloads, between which the Data API cannot choose; tables, columns and indexes
-- of these names are something else than ours.
do $$
declare
  v_routine record;
  v_object record;
  v_name text;
begin
  if to_regclass('vidops.admin_action_chain') is not null then
    return;
  end if;
  for v_routine in
    select p.oid::regprocedure as name, pg_catalog.pg_get_functiondef(p.oid) as definition
    from pg_catalog.pg_proc p
    where p.pronamespace = 'public'::regnamespace and p.prokind in ('f', 'p') and p.proname in (
      'admin_adjust_credits', 'set_model_availability', 'set_model_price', 'set_model_featured', 'ban_user', 'unban_user', 'grant_admin',
      'revoke_admin', 'set_approval_threshold', 'undo_admin_action', 'approve_admin_request', 'reject_admin_request',
      'list_admin_actions', 'get_admin_action', 'read_admin_action_chain', 'list_admin_approvals', 'get_admin_approval',
      'list_approval_thresholds', 'search_users', 'get_user_overview', 'user_stats', 'list_model_usage', 'get_model_usage')
  loop
    insert into vidops.replaced_objects (kind, name, definition) values ('function', v_routine.name, v_routine.definition);
    raise warning 'vidops: set aside function %', v_routine.name using hint = 'Its definition is kept in vidops.replaced_objects.';
    begin
      execute format('drop routine %s', v_routine.name);
    exception when dependent_objects_still_exist then
      raise exception 'vidops cannot adopt this project as it is: something depends on its function %', v_routine.name
        using errcode = sqlstate, hint = format('vidops has one of that name. Rename it (alter routine %s rename to …), then apply the migrations again.', v_routine.name);
    end;
  end loop;
  foreach v_name in array array['admin_approvals', 'approval_thresholds', 'admin_actions_undoes_key', 'admin_actions_chain_position_key'] loop
    if to_regclass('public.' || v_name) is not null then
      raise exception 'vidops cannot adopt this project as it is: it has a table or index public.% of its own', v_name
        using errcode = '42P07', hint = format('Rename it (alter … public.%s rename to …), then apply the migrations again.', v_name);
    end if;
  end loop;
  select string_agg(format('%s (%s)', a.attname, pg_catalog.format_type(a.atttypid, a.atttypmod)), ', ') into v_name
  from pg_catalog.pg_attribute a
  where a.attrelid = 'public.admin_actions'::regclass and not a.attisdropped and (
    a.attname in ('ticket', 'approved_by', 'approval_id', 'undoes', 'signed_in', 'chain_position', 'previous_hash', 'hash')
    or a.attname in ('action_type', 'reason', 'reason_code', 'run_id', 'idempotency_key', 'request_hash') and a.atttypid <> 'text'::regtype
    or a.attname = 'amount' and a.atttypid <> 'integer'::regtype or a.attname = 'details' and a.atttypid <> 'jsonb'::regtype);
  if v_name is not null then
    raise exception 'vidops cannot adopt this project as it is: its table public.admin_actions has columns of its own: %', v_name
      using errcode = '42804', hint = 'Rename those that mean something else; amount is to be integer, details jsonb, the others text. Then apply the migrations again.';
  end if;
  -- Rules of its own would refuse what is new: other types of acts, negative adjustments, acts without a user or without an admin.
  for v_object in
    select c.conname, pg_catalog.pg_get_constraintdef(c.oid) as definition from pg_catalog.pg_constraint c
    where c.conrelid = 'public.admin_actions'::regclass and c.contype = 'c'
      and c.conname not in ('admin_actions_admin_user_id_check', 'admin_actions_action_type_check', 'admin_actions_reason_check')
  loop
    insert into vidops.replaced_objects (kind, name, definition) values ('constraint', format('%I on public.admin_actions', v_object.conname), v_object.definition);
    raise warning 'vidops: set aside constraint % on admin_actions', v_object.conname using hint = 'Its definition is kept in vidops.replaced_objects.';
    execute format('alter table public.admin_actions drop constraint %I', v_object.conname);
  end loop;
  -- And a trigger that changes a row would change it after it was hashed.
  for v_object in
    select t.tgname, pg_catalog.pg_get_triggerdef(t.oid) as definition from pg_catalog.pg_trigger t
    where t.tgrelid = 'public.admin_actions'::regclass and not t.tgisinternal and t.tgtype & 7 = 7
      and t.tgfoid <> 'vidops.refuse_change()'::regprocedure
  loop
    insert into vidops.replaced_objects (kind, name, definition) values ('trigger', format('%I on public.admin_actions', v_object.tgname), v_object.definition);
    raise warning 'vidops: set aside trigger % on admin_actions', v_object.tgname using hint = 'Its definition is kept in vidops.replaced_objects.';
    execute format('drop trigger %I on public.admin_actions', v_object.tgname);
  end loop;
  for v_name in
    select a.attname from pg_catalog.pg_attribute a
    where a.attrelid = 'public.admin_actions'::regclass and a.attnum > 0 and not a.attisdropped and a.attnotnull and a.attidentity = ''
      and a.attname not in ('id', 'details', 'created_at', 'action_type', 'reason')
  loop
    execute format('alter table public.admin_actions alter column %I drop not null', v_name);
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
) as c(name, definition)
-- A later migration allows more: applied again, this one must not take that back.
where c.name <> 'admin_actions_action_type_check' or to_regprocedure('public.fail_job(uuid, text, uuid, boolean, text, text)') is null;

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
-- After a restore of data alone the head may be behind its rows.
insert into vidops.admin_action_chain (position, hash)
select coalesce(max(a.chain_position), 0), coalesce((array_agg(a.hash order by a.chain_position desc nulls last))[1], repeat('0', 64)) from (
  select chain_position, hash from public.admin_actions where chain_position is not null order by chain_position desc limit 1) a
on conflict (singleton) do update set position = excluded.position, hash = excluded.hash
where excluded.position > admin_action_chain.position;

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

-- A trigger of the project that changes a row after it was hashed or leaves it out, or an insert that moved the head and then found a
-- conflict, would break the chain without a word: then nothing is written.
create or replace function vidops.check_admin_action_chain()
returns trigger language plpgsql security definer set search_path = '' as $$
declare
  v_head bigint;
  v_added record;
begin
  select c.position into v_head from vidops.admin_action_chain c;
  select count(*) as count, min(a.chain_position) as first, max(a.chain_position) as last,
    bool_and(a.hash = encode(sha256(convert_to(a.previous_hash || vidops.admin_action_text(a), 'UTF8')), 'hex')) as whole
  into v_added from added a;
  if v_added.count = 0 and (v_head = 0 or exists (select from public.admin_actions a where a.chain_position = v_head))
    or v_added.whole and v_added.last = v_head and v_added.last - v_added.first + 1 = v_added.count
      and (v_added.first = 1 or exists (select from public.admin_actions a where a.chain_position = v_added.first - 1)) then
    return null;
  end if;
  raise exception 'this insert into admin_actions would break the chain of its rows' using errcode = '55000',
    hint = 'Insert without "on conflict do nothing", and without triggers of your own that change the row.';
end $$;

revoke execute on function vidops.check_admin_action_chain() from public, anon, authenticated, service_role;
revoke execute on function vidops.admin_action_text(public.admin_actions) from public, anon, authenticated, service_role;
revoke execute on function vidops.chain_admin_action() from public, anon, authenticated, service_role;

-- Rows from before the chain are taken into it in the order of their ids. What was done to them earlier, it cannot say. Triggers rest
-- meanwhile, the project's own too: nothing but the hashes is to change.
do $$
declare
  v_action public.admin_actions;
  v_position bigint;
  v_hash text;
  v_triggers text[];
  v_trigger text;
begin
  if not exists (select from public.admin_actions where chain_position is null) then
    return;
  end if;
  v_triggers := array(
    select format('enable %s trigger %I', case t.tgenabled when 'A' then 'always' when 'R' then 'replica' else '' end, t.tgname)
    from pg_catalog.pg_trigger t where t.tgrelid = 'public.admin_actions'::regclass and not t.tgisinternal and t.tgenabled <> 'D');
  alter table public.admin_actions disable trigger user;
  select c.position, c.hash into v_position, v_hash from vidops.admin_action_chain c;
  for v_action in select * from public.admin_actions where chain_position is null order by id loop
    v_position := v_position + 1;
    v_action.chain_position := v_position;
    v_action.previous_hash := v_hash;
    v_hash := encode(sha256(convert_to(v_hash || vidops.admin_action_text(v_action), 'UTF8')), 'hex');
    update public.admin_actions a set chain_position = v_position, previous_hash = v_action.previous_hash, hash = v_hash where a.id = v_action.id;
  end loop;
  update vidops.admin_action_chain set position = v_position, hash = v_hash;
  foreach v_trigger in array v_triggers loop
    execute 'alter table public.admin_actions ' || v_trigger;
  end loop;
end $$;

alter table public.admin_actions
  alter column chain_position set not null,
  alter column previous_hash set not null,
  alter column hash set not null;

-- Not "enable always": a restore of data brings the rows with their hashes, and must not chain them anew.
create or replace trigger admin_actions_chain before insert on public.admin_actions
  for each row execute function vidops.chain_admin_action();
create or replace trigger admin_actions_chain_check after insert on public.admin_actions
  referencing new table as added for each statement execute function vidops.check_admin_action_chain();
