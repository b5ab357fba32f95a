-- What all acts of admins have in common. An act is one function, one transaction: who acts, the change, its audit row. The functions
-- of the Data API check who acts; those in vidops named like them do the rest, so that an undo and an approved request do it the same
-- way. Locks are taken in one order everywhere: requests for approval, limits, jobs, models, users by id, the head of the chain.

do $$
begin
  if to_regtype('vidops.act') is null then
    create type vidops.act as (
      admin_user_id uuid, reason text, ticket text, run_id text, dry_run boolean, signed_in boolean,
      approved_by uuid, approval_id bigint, approved_amount integer, undoes bigint, partial boolean);
  end if;
end $$;
comment on type vidops.act is 'Who acts, why, and as what: a dry run, the execution of an approved request, the undo of an act.';

create or replace function vidops.begin_act(p_admin_user_id uuid, p_reason text, p_ticket text, p_run_id text, p_dry_run boolean)
returns vidops.act language plpgsql stable set search_path = '' as $$
declare
  v_admin uuid := vidops.acting_admin(p_admin_user_id);
  v_reason text := btrim(p_reason, E' \t\r\n');
begin
  if v_reason is null or v_reason !~ '\S' or char_length(v_reason) > 500 then
    raise exception 'p_reason must have 1 to 500 characters' using errcode = '22023';
  elsif p_ticket !~ '\S' or char_length(p_ticket) > 100 then
    raise exception 'p_ticket must have 1 to 100 characters' using errcode = '22023';
  elsif char_length(p_run_id) > 100 then
    raise exception 'p_run_id must have at most 100 characters' using errcode = '22023';
  end if;
  return row(v_admin, v_reason, p_ticket, p_run_id, coalesce(p_dry_run, false), auth.uid() is not null, null, null, null, null, false)::vidops.act;
end $$;
comment on function vidops.begin_act(uuid, text, text, text, boolean) is 'The act of the signed-in admin, or of the one that a service key names. Raises 42501 for anybody else, 22023 for a blank or long reason.';

-- Writes the audit row. Nothing may be locked after it.
create or replace function vidops.record_act(
  p_act vidops.act, p_action_type text, p_details jsonb, p_target_user_id uuid default null, p_target_model_id uuid default null,
  p_target_job_id uuid default null, p_amount integer default null, p_reason_code text default null, p_idempotency_key text default null,
  p_request_hash text default null)
returns bigint language plpgsql volatile set search_path = '' as $$
declare
  v_action_id bigint;
begin
  perform from vidops.admin_action_chain for no key update;
  -- Revoked or banned while this waited: what stands after that in the chain is not theirs any more.
  if exists (
    select from unnest(array[p_act.admin_user_id, p_act.approved_by]) a(id)
    where a.id is not null and not exists (select from public.users u where u.id = a.id and u.is_admin and u.banned_at is null)) then
    raise exception 'user % is not an admin', p_act.admin_user_id using errcode = '42501';
  end if;
  insert into public.admin_actions (admin_user_id, action_type, target_user_id, target_model_id, target_job_id, amount, reason, reason_code,
    ticket, details, idempotency_key, request_hash, run_id, undoes, signed_in, approved_by, approval_id)
  values (p_act.admin_user_id, p_action_type, p_target_user_id, p_target_model_id, p_target_job_id, p_amount, p_act.reason, p_reason_code,
    p_act.ticket, p_details, p_idempotency_key, p_request_hash, p_act.run_id, p_act.undoes, p_act.signed_in, p_act.approved_by, p_act.approval_id)
  returning id into v_action_id;
  return v_action_id;
end $$;

-- What every act answers; a null p_action_id is a dry run, or nothing to do.
create or replace function vidops.act_answer(p_act vidops.act, p_action_id bigint, p_changed boolean, p_needs_approval jsonb, p_rest jsonb)
returns jsonb language plpgsql stable set search_path = '' as $$
begin
  return jsonb_build_object('success', true, 'action_id', p_action_id, 'changed', p_changed, 'dry_run', p_act.dry_run,
    'admin_user_id', p_act.admin_user_id, 'needs_approval', p_needs_approval) || p_rest;
end $$;

-- Null when what was seen before (or what an act left, for its undo) is still there, else the refusal. Null when nothing was said of it.
create or replace function vidops.changed_since(p_expected jsonb, p_found jsonb)
returns jsonb language plpgsql stable set search_path = '' as $$
begin
  if p_expected is null or p_expected = p_found then
    return null;
  end if;
  return jsonb_build_object('success', false, 'error', 'state_changed_since', 'code', 'ERR_4009', 'expected', p_expected, 'found', p_found);
end $$;

-- What was approved is an amount, not whatever it would be by now.
create or replace function vidops.amount_changed(p_act vidops.act, p_amount integer)
returns jsonb language plpgsql stable set search_path = '' as $$
begin
  return case when p_act.approved_amount is not null
    then vidops.changed_since(jsonb_build_object('amount', p_act.approved_amount), jsonb_build_object('amount', p_amount)) end;
end $$;

revoke execute on function vidops.amount_changed(vidops.act, integer) from public, anon, authenticated, service_role;
revoke execute on function vidops.begin_act(uuid, text, text, text, boolean) from public, anon, authenticated, service_role;
revoke execute on function vidops.record_act(vidops.act, text, jsonb, uuid, uuid, uuid, integer, text, text, text) from public, anon, authenticated, service_role;
revoke execute on function vidops.act_answer(vidops.act, bigint, boolean, jsonb, jsonb) from public, anon, authenticated, service_role;
revoke execute on function vidops.changed_since(jsonb, jsonb) from public, anon, authenticated, service_role;
