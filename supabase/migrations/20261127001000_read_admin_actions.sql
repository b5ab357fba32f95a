-- Reads of what admins did, of the chain that proves it, and of what waits for a second admin. Lists are pages in the order of time;
-- each way to look at them has an index that holds that order.

create index if not exists admin_actions_created_idx on public.admin_actions (created_at desc, id desc);
create index if not exists admin_actions_type_idx on public.admin_actions (action_type, created_at desc, id desc);
create index if not exists admin_actions_admin_type_idx on public.admin_actions (admin_user_id, action_type, created_at desc, id desc);
create index if not exists admin_actions_target_model_idx on public.admin_actions (target_model_id, created_at desc, id desc) where target_model_id is not null;
create index if not exists admin_actions_ticket_idx on public.admin_actions (ticket, created_at desc, id desc) where ticket is not null;
create index if not exists admin_actions_run_idx on public.admin_actions (run_id, created_at desc, id desc) where run_id is not null;

-- One act as lists show it: with the names of whom and what it is about, what it changed, and the act that undid it.
create or replace function vidops.listed_action(p_action public.admin_actions)
returns jsonb language sql stable set search_path = '' as $$
  select jsonb_build_object('id', p_action.id::text, 'created_at', p_action.created_at, 'action_type', p_action.action_type,
    'admin_user_id', p_action.admin_user_id, 'admin_email', (select u.email from public.users u where u.id = p_action.admin_user_id),
    'signed_in', p_action.signed_in,
    'target_user_id', p_action.target_user_id, 'target_email', (select u.email from public.users u where u.id = p_action.target_user_id),
    'target_model_id', p_action.target_model_id, 'model_name', (select m.name from public.models m where m.id = p_action.target_model_id),
    'target_job_id', p_action.target_job_id, 'amount', p_action.amount,
    -- Of a limit its action, of a threshold its name, of a cleanup its target, of a request the function that is asked for.
    'subject', coalesce(p_action.details ->> 'action', p_action.details ->> 'name', p_action.details ->> 'target', p_action.details -> 'payload' ->> 'function'),
    'deleted', p_action.details -> 'deleted', 'before', p_action.details -> 'before', 'after', p_action.details -> 'after',
    'reason', p_action.reason, 'reason_code', p_action.reason_code, 'ticket', p_action.ticket, 'run_id', p_action.run_id,
    'undoes', p_action.undoes::text, 'undone_by', (select a.id::text from public.admin_actions a where a.undoes = p_action.id),
    'approved_by', p_action.approved_by, 'approver_email', (select u.email from public.users u where u.id = p_action.approved_by),
    'approval_id', p_action.approval_id::text)
$$;

create or replace function public.list_admin_actions(
  p_action_type text default null, p_admin_user_id uuid default null, p_target_user_id uuid default null, p_target_model_id uuid default null,
  p_ticket text default null, p_run_id text default null, p_since timestamptz default null, p_until timestamptz default null,
  p_before_created_at timestamptz default null, p_before_id bigint default null, p_limit integer default 50)
returns jsonb language plpgsql stable security definer set search_path = '' set jit = off as $$
declare
  v_answer jsonb;
begin
  perform vidops.require_operator();
  if p_limit is null or p_limit not between 1 and 1000 then
    raise exception 'p_limit must be between 1 and 1000, got %', coalesce(p_limit::text, 'null') using errcode = '22023';
  elsif (p_before_created_at is null) <> (p_before_id is null) then
    raise exception 'p_before_created_at and p_before_id belong together' using errcode = '22023';
  end if;
  -- Of the filters only those that are given, so that each is planned for what it asks.
  execute format($query$
    with page as materialized (
      select a as action, a.created_at, a.id from public.admin_actions a where %s order by a.created_at desc, a.id desc limit $11 + 1
    ), numbered as (select *, row_number() over (order by created_at desc, id desc) as number from page)
    select jsonb_build_object('success', true,
      'actions', coalesce(jsonb_agg(vidops.listed_action(action) order by number) filter (where number <= $11), '[]'),
      'next', case when max(number) > $11 then
        (select jsonb_build_object('created_at', created_at, 'id', id::text) from numbered where number = $11) end)
    from numbered
    $query$, concat_ws(' and ', 'true',
      case when p_action_type is not null then 'a.action_type = $1' end, case when p_admin_user_id is not null then 'a.admin_user_id = $2' end,
      case when p_target_user_id is not null then 'a.target_user_id = $3' end, case when p_target_model_id is not null then 'a.target_model_id = $4' end,
      case when p_ticket is not null then 'a.ticket = $5' end, case when p_run_id is not null then 'a.run_id = $6' end,
      case when p_since is not null then 'a.created_at >= $7' end, case when p_until is not null then 'a.created_at < $8' end,
      -- The time is said twice, because the first half is what an index on it can use.
      case when p_before_id is not null then 'a.created_at <= $9 and (a.created_at < $9 or a.id < $10)' end))
  into v_answer
  using p_action_type, p_admin_user_id, p_target_user_id, p_target_model_id, p_ticket, p_run_id, p_since, p_until, p_before_created_at, p_before_id, p_limit;
  return v_answer;
end $$;

create or replace function public.get_admin_action(p_action_id bigint)
returns jsonb language plpgsql stable security definer set search_path = '' as $$
declare
  v_action public.admin_actions;
begin
  perform vidops.require_operator();
  select * into v_action from public.admin_actions a where a.id = p_action_id;
  if not found then
    return jsonb_build_object('success', false, 'error', 'action_not_found', 'code', 'ERR_4007');
  end if;
  return jsonb_build_object('success', true, 'action', vidops.listed_action(v_action) || jsonb_build_object('details', v_action.details,
      'idempotency_key', v_action.idempotency_key, 'request_hash', v_action.request_hash, 'chain_position', v_action.chain_position,
      'previous_hash', v_action.previous_hash, 'hash', v_action.hash),
    'undoes', (select vidops.listed_action(a) from public.admin_actions a where a.id = v_action.undoes),
    'undone_by', (select vidops.listed_action(a) from public.admin_actions a where a.undoes = v_action.id),
    'approval', (select vidops.listed_approval(r) from public.admin_approvals r where r.id = v_action.approval_id));
end $$;

-- The head is of the same moment as the rows: what is added meanwhile is in neither.
create or replace function public.read_admin_action_chain(p_after_position bigint default 0, p_limit integer default 1000)
returns jsonb language plpgsql stable security definer set search_path = '' as $$
begin
  perform vidops.require_operator();
  if p_after_position is null or p_after_position < 0 then
    raise exception 'p_after_position must be 0 or more, got %', coalesce(p_after_position::text, 'null') using errcode = '22023';
  elsif p_limit is null or p_limit not between 0 and 5000 then
    raise exception 'p_limit must be between 0 and 5000, got %', coalesce(p_limit::text, 'null') using errcode = '22023';
  end if;
  return (
    select jsonb_build_object('success', true, 'head', (select jsonb_build_object('position', c.position, 'hash', c.hash) from vidops.admin_action_chain c),
      'rows', coalesce(jsonb_agg(jsonb_build_object('position', a.chain_position, 'id', a.id::text, 'previous_hash', a.previous_hash, 'hash', a.hash,
        'text', vidops.admin_action_text(a)) order by a.chain_position), '[]'))
    from (select * from public.admin_actions where chain_position > p_after_position order by chain_position limit p_limit) a);
end $$;

create or replace function vidops.listed_approval(p_approval public.admin_approvals)
returns jsonb language sql stable set search_path = '' as $$
  select jsonb_build_object('id', p_approval.id::text, 'created_at', p_approval.created_at, 'expires_at', p_approval.expires_at,
    'status', case when p_approval.status = 'pending' and p_approval.expires_at <= now() then 'expired' else p_approval.status end,
    'requested_by', p_approval.requested_by, 'requester_email', (select u.email from public.users u where u.id = p_approval.requested_by),
    'signed_in', p_approval.signed_in, 'function_name', p_approval.function_name, 'action_type', p_approval.action_type,
    'target_user_id', p_approval.target_user_id, 'target_email', (select u.email from public.users u where u.id = p_approval.target_user_id),
    'target_model_id', p_approval.target_model_id, 'model_name', (select m.name from public.models m where m.id = p_approval.target_model_id),
    'amount', p_approval.amount, 'reason', p_approval.reason, 'ticket', p_approval.ticket, 'run_id', p_approval.run_id,
    'decided_by', p_approval.decided_by, 'decider_email', (select u.email from public.users u where u.id = p_approval.decided_by),
    'decided_at', p_approval.decided_at, 'decision_reason', p_approval.decision_reason, 'action_id', p_approval.action_id::text,
    'payload_hash', p_approval.payload_hash)
$$;

create or replace function public.list_admin_approvals(
  p_status text default null, p_requested_by uuid default null, p_before_id bigint default null, p_limit integer default 50)
returns jsonb language plpgsql stable security definer set search_path = '' as $$
declare
  v_answer jsonb;
begin
  perform vidops.require_operator();
  if p_limit is null or p_limit not between 1 and 1000 then
    raise exception 'p_limit must be between 1 and 1000, got %', coalesce(p_limit::text, 'null') using errcode = '22023';
  elsif p_status not in ('pending', 'expired', 'executed', 'rejected') then
    raise exception 'p_status must be pending, expired, executed or rejected, got %', p_status using errcode = '22023';
  end if;
  execute format($query$
    with page as materialized (
      select r as approval, r.id from public.admin_approvals r where %s order by r.id desc limit $4 + 1
    ), numbered as (select *, row_number() over (order by id desc) as number from page)
    select jsonb_build_object('success', true,
      'approvals', coalesce(jsonb_agg(vidops.listed_approval(approval) order by number) filter (where number <= $4), '[]'),
      'next', case when max(number) > $4 then (select id::text from numbered where number = $4) end)
    from numbered
    $query$, concat_ws(' and ', 'true',
      case p_status when 'pending' then 'r.status = ''pending'' and r.expires_at > now()' when 'expired' then 'r.status = ''pending'' and r.expires_at <= now()'
        when 'executed' then 'r.status = ''executed''' when 'rejected' then 'r.status = ''rejected''' end,
      case when p_requested_by is not null then 'r.requested_by = $2' end, case when p_before_id is not null then 'r.id < $3' end))
  into v_answer using p_status, p_requested_by, p_before_id, p_limit;
  return v_answer;
end $$;

create or replace function public.get_admin_approval(p_approval_id bigint)
returns jsonb language plpgsql stable security definer set search_path = '' as $$
declare
  v_approval public.admin_approvals;
begin
  perform vidops.require_operator();
  select * into v_approval from public.admin_approvals r where r.id = p_approval_id;
  if not found then
    return jsonb_build_object('success', false, 'error', 'approval_not_found', 'code', 'ERR_4007');
  end if;
  return jsonb_build_object('success', true, 'approval', vidops.listed_approval(v_approval) || jsonb_build_object('payload', v_approval.payload,
      'idempotency_key', v_approval.idempotency_key),
    'undoes', (select vidops.listed_action(a) from public.admin_actions a where v_approval.function_name = 'undo_admin_action'
      and a.id = (v_approval.payload -> 'arguments' ->> 'p_action_id')::bigint),
    'request_action_id', (select a.id::text from public.admin_actions a where a.approval_id = v_approval.id and a.action_type = 'approval_request'));
end $$;

create or replace function public.list_approval_thresholds()
returns jsonb language plpgsql stable security definer set search_path = '' as $$
begin
  perform vidops.require_operator();
  return (
    select jsonb_build_object('success', true, 'thresholds', coalesce(jsonb_agg(jsonb_build_object('name', t.name, 'credits', t.credits,
      'updated_at', t.updated_at, 'updated_by', t.updated_by, 'updated_by_email', u.email) order by t.name), '[]'))
    from public.approval_thresholds t left join public.users u on u.id = t.updated_by);
end $$;

comment on function public.list_admin_actions(text, uuid, uuid, uuid, text, text, timestamptz, timestamptz, timestamptz, bigint, integer) is
  'What admins did, as far as it fits all filters given, newest first, p_limit of them. next is where the following page starts: hand its two values back as p_before_created_at and p_before_id.';
comment on function public.get_admin_action(bigint) is 'One act whole, with the act that it undoes, the one that undid it, and the request by which a second admin approved it.';
comment on function public.read_admin_action_chain(bigint, integer) is
  'Rows of the chain behind a position, with the text whose hash each holds, and the head at the same moment: hash = hex(sha256(utf8(previous_hash || text))).';
comment on function public.list_admin_approvals(text, uuid, bigint, integer) is
  'Acts that wait for a second admin, or did, newest first. next: hand it back as p_before_id. p_status: pending, expired, executed, rejected.';
comment on function public.get_admin_approval(bigint) is 'One request for approval whole: the call that it is for, and the hash that whoever approves it sends back.';
comment on function public.list_approval_thresholds() is 'Above which credits an act needs a second admin; none: nothing does.';

revoke execute on function vidops.listed_action(public.admin_actions) from public, anon, authenticated, service_role;
revoke execute on function vidops.listed_approval(public.admin_approvals) from public, anon, authenticated, service_role;
do $$
declare
  v_function text;
begin
  foreach v_function in array array['list_admin_actions(text, uuid, uuid, uuid, text, text, timestamptz, timestamptz, timestamptz, bigint, integer)',
    'get_admin_action(bigint)', 'read_admin_action_chain(bigint, integer)', 'list_admin_approvals(text, uuid, bigint, integer)',
    'get_admin_approval(bigint)', 'list_approval_thresholds()'] loop
    execute format('revoke execute on function public.%s from public, anon', v_function);
    execute format('grant execute on function public.%s to authenticated, service_role', v_function);
  end loop;
end $$;
