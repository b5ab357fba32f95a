-- The second pair of eyes. Who approves has seen a payload and says so by its hash; the request, the chain of actions and that hash
-- must agree, or nothing is done. The act is then the requester's, with the approver beside. Approving takes a login: a secret key
-- says nothing about who holds it, and one person with a key could be both.

create or replace function public.approve_admin_request(
  p_approval_id bigint, p_payload_hash text, p_admin_user_id uuid default null, p_dry_run boolean default false, p_run_id text default null)
returns jsonb language plpgsql volatile security definer set search_path = '' as $$
declare
  v_act vidops.act := vidops.begin_act(p_admin_user_id, 'approval', null, p_run_id, p_dry_run);
  v_approver uuid := v_act.admin_user_id;
  v_request public.admin_approvals;
  v_arguments jsonb;
  v_answer jsonb;
begin
  if p_approval_id is null or p_payload_hash is null then
    raise exception 'p_approval_id and p_payload_hash are required' using errcode = '22023';
  elsif v_act.dry_run then
    select * into v_request from public.admin_approvals r where r.id = p_approval_id;
  elsif auth.uid() is null then
    raise exception 'approving needs a signed-in admin' using errcode = '42501', hint = 'A secret key says nothing about who holds it. Sign in.';
  else
    select * into v_request from public.admin_approvals r where r.id = p_approval_id for no key update;
  end if;
  v_arguments := v_request.payload -> 'arguments';

  if v_request.id is null then
    return jsonb_build_object('success', false, 'error', 'approval_not_found', 'code', 'ERR_4007');
  elsif v_request.status <> 'pending'
    -- The chain remembers it also where this row was put back.
    or exists (select from public.admin_actions a where a.approval_id = v_request.id and a.action_type <> 'approval_request') then
    return jsonb_build_object('success', false, 'error', 'approval_settled', 'code', 'ERR_4009', 'approval_id', v_request.id, 'status', v_request.status,
      'action_id', v_request.action_id, 'decided_by', v_request.decided_by, 'decided_at', v_request.decided_at);
  elsif v_request.expires_at <= clock_timestamp() then
    return jsonb_build_object('success', false, 'error', 'approval_expired', 'code', 'ERR_4009', 'approval_id', v_request.id, 'expires_at', v_request.expires_at);
  elsif v_request.requested_by = v_approver and not v_act.dry_run then
    return jsonb_build_object('success', false, 'error', 'own_request', 'code', 'ERR_4009', 'approval_id', v_request.id);
  elsif v_request.target_user_id = v_approver and not v_act.dry_run then
    return jsonb_build_object('success', false, 'error', 'own_account', 'code', 'ERR_4009', 'approval_id', v_request.id);
  elsif p_payload_hash <> v_request.payload_hash
    or v_request.payload_hash <> vidops.payload_hash(v_request.payload)
    or not exists (
      select from public.admin_actions a
      where a.approval_id = v_request.id and a.action_type = 'approval_request' and a.details ->> 'payload_hash' = v_request.payload_hash
        and a.admin_user_id = v_request.requested_by and a.amount is not distinct from v_request.amount
        and (a.details ->> 'expires_at')::timestamptz = v_request.expires_at) then
    return jsonb_build_object('success', false, 'error', 'payload_changed', 'code', 'ERR_4009', 'approval_id', v_request.id);
  elsif not exists (select from public.users u where u.id = v_request.requested_by and u.is_admin and u.banned_at is null) then
    return jsonb_build_object('success', false, 'error', 'requester_not_admin', 'code', 'ERR_4009', 'approval_id', v_request.id);
  end if;

  v_act := row(v_request.requested_by, v_request.payload ->> 'reason', v_request.payload ->> 'ticket', coalesce(p_run_id, v_request.run_id),
    v_act.dry_run, v_request.signed_in, v_approver, v_request.id, v_request.amount, null, false);
  v_answer := case v_request.payload ->> 'function'
    when 'admin_refund_credits' then vidops.refund_credits((v_arguments ->> 'p_amount')::integer, (v_arguments ->> 'p_user_id')::uuid,
      (v_arguments ->> 'p_job_id')::uuid, v_arguments ->> 'p_idempotency_key', (v_arguments ->> 'p_allow_unfinished')::boolean,
      v_arguments ->> 'p_reason_code', v_act)
    when 'admin_adjust_credits' then vidops.adjust_credits((v_arguments ->> 'p_user_id')::uuid, (v_arguments ->> 'p_change')::integer,
      v_arguments ->> 'p_reason_code', v_arguments ->> 'p_idempotency_key', null, v_act)
    when 'grant_admin' then vidops.set_admin((v_arguments ->> 'p_user_id')::uuid, true, v_arguments -> 'p_before', v_act)
    when 'unban_user' then vidops.set_ban((v_arguments ->> 'p_user_id')::uuid, false, null, v_arguments -> 'p_before', v_act)
    when 'set_approval_threshold' then vidops.set_approval_threshold(v_arguments ->> 'p_name', (v_arguments ->> 'p_credits')::integer,
      jsonb_build_object('credits', v_arguments -> 'p_before'), v_act)
    when 'undo_admin_action' then vidops.undo_admin_action((v_arguments ->> 'p_action_id')::bigint, (v_arguments ->> 'p_partial')::boolean, v_act)
  end;
  if v_answer is null then
    raise exception 'no act is called %', v_request.payload ->> 'function';
  elsif not (v_answer ->> 'success')::boolean then
    return v_answer || jsonb_build_object('approval_id', v_request.id);
  elsif not (v_answer ->> 'changed')::boolean or (v_answer ->> 'replayed')::boolean then
    -- It is so already, by another act: there is nothing left that this would be the approval of.
    return jsonb_build_object('success', false, 'error', 'nothing_to_approve', 'code', 'ERR_4009', 'approval_id', v_request.id);
  elsif not v_act.dry_run then
    update public.admin_approvals
    set status = 'executed', decided_by = v_approver, decided_at = clock_timestamp(), action_id = (v_answer ->> 'action_id')::bigint
    where id = v_request.id;
  end if;
  return jsonb_build_object('success', true, 'approval_id', v_request.id, 'status', case when v_act.dry_run then 'pending' else 'executed' end,
    'action_id', v_answer -> 'action_id', 'changed', v_answer -> 'changed', 'dry_run', v_act.dry_run, 'admin_user_id', v_approver,
    'requested_by', v_request.requested_by, 'needs_approval', null, 'function', v_request.payload ->> 'function', 'result', v_answer);
end $$;

create or replace function public.reject_admin_request(
  p_approval_id bigint, p_reason text, p_admin_user_id uuid default null, p_dry_run boolean default false, p_run_id text default null, p_ticket text default null)
returns jsonb language plpgsql volatile security definer set search_path = '' as $$
declare
  v_act vidops.act := vidops.begin_act(p_admin_user_id, p_reason, p_ticket, p_run_id, p_dry_run);
  v_request public.admin_approvals;
  v_action_id bigint;
begin
  if p_approval_id is null then
    raise exception 'p_approval_id is required' using errcode = '22023';
  elsif v_act.dry_run then
    select * into v_request from public.admin_approvals r where r.id = p_approval_id;
  else
    select * into v_request from public.admin_approvals r where r.id = p_approval_id for no key update;
  end if;
  if v_request.id is null then
    return jsonb_build_object('success', false, 'error', 'approval_not_found', 'code', 'ERR_4007');
  elsif v_request.status <> 'pending'
    -- The chain remembers it also where this row was put back.
    or exists (select from public.admin_actions a where a.approval_id = v_request.id and a.action_type <> 'approval_request') then
    return jsonb_build_object('success', false, 'error', 'approval_settled', 'code', 'ERR_4009', 'approval_id', v_request.id, 'status', v_request.status,
      'action_id', v_request.action_id, 'decided_by', v_request.decided_by, 'decided_at', v_request.decided_at);
  elsif v_request.expires_at <= clock_timestamp() then
    return jsonb_build_object('success', false, 'error', 'approval_expired', 'code', 'ERR_4009', 'approval_id', v_request.id, 'expires_at', v_request.expires_at);
  elsif not v_act.dry_run then
    v_act.approval_id := v_request.id;
    v_action_id := vidops.record_act(v_act, 'approval_reject', jsonb_build_object('payload_hash', v_request.payload_hash, 'requested_by', v_request.requested_by),
      v_request.target_user_id, v_request.target_model_id, null, v_request.amount);
    update public.admin_approvals
    set status = 'rejected', decided_by = v_act.admin_user_id, decided_at = clock_timestamp(), decision_reason = v_act.reason, action_id = v_action_id
    where id = v_request.id;
  end if;
  return vidops.act_answer(v_act, v_action_id, true, null, jsonb_build_object('approval_id', v_request.id, 'requested_by', v_request.requested_by,
    'status', case when v_act.dry_run then 'pending' else 'rejected' end));
end $$;

create index if not exists admin_actions_approval_idx on public.admin_actions (approval_id) where approval_id is not null;
-- A request is decided once.
create unique index if not exists admin_actions_approval_key on public.admin_actions (approval_id) where action_type <> 'approval_request';

comment on function public.approve_admin_request(bigint, text, uuid, boolean, text) is
  'Does what was requested, once, if p_payload_hash is that of the request. By a signed-in admin who did not make it. If the act itself is refused, the request stays as it was.';
comment on function public.reject_admin_request(bigint, text, uuid, boolean, text, text) is 'Ends a request without doing it. Also for who made it.';
revoke execute on function public.approve_admin_request(bigint, text, uuid, boolean, text) from public, anon;
revoke execute on function public.reject_admin_request(bigint, text, uuid, boolean, text, text) from public, anon;
grant execute on function public.approve_admin_request(bigint, text, uuid, boolean, text) to authenticated, service_role;
grant execute on function public.reject_admin_request(bigint, text, uuid, boolean, text, text) to authenticated, service_role;
