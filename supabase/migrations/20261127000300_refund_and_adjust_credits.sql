-- Credits by hand: a refund, and an adjustment in either direction. Both go into the audit and the ledger together; above the
-- thresholds they wait for a second admin. p_ticket is new: an argument at the end makes another function, so the old ones go.

drop function if exists public.admin_refund_credits(integer, text, uuid, uuid, text, uuid, boolean, boolean, text, text);
drop function if exists vidops.replayed_refund(text, text, boolean);

-- The stored answer of a key that was used; idempotency_key_reused when it meant another request.
create or replace function vidops.replayed_act(p_idempotency_key text, p_action_type text, p_request_hash text, p_dry_run boolean)
returns jsonb language plpgsql stable set search_path = '' as $$
begin
  return (
    select case
      when a.action_type <> p_action_type or a.request_hash is distinct from p_request_hash
        then jsonb_build_object('success', false, 'error', 'idempotency_key_reused', 'code', 'ERR_4010')
      else a.details || jsonb_build_object('action_id', a.id, 'replayed', true, 'dry_run', p_dry_run, 'changed', true, 'needs_approval', null,
        'email', (select u.email from public.users u where u.id = a.target_user_id))
        || coalesce((select jsonb_build_object('undone_by', u.id) from public.admin_actions u where u.undoes = a.id), '{}')
    end
    from public.admin_actions a
    where a.idempotency_key = p_idempotency_key);
end $$;

create or replace function vidops.refund_credits(
  p_amount integer, p_user_id uuid, p_job_id uuid, p_idempotency_key text, p_allow_unfinished boolean, p_reason_code text, p_act vidops.act)
returns jsonb language plpgsql volatile set search_path = '' as $$
declare
  v_arguments jsonb := jsonb_build_object('p_amount', p_amount, 'p_user_id', p_user_id, 'p_job_id', p_job_id, 'p_idempotency_key', p_idempotency_key,
    'p_allow_unfinished', coalesce(p_allow_unfinished, false), 'p_reason_code', p_reason_code);
  v_refusal jsonb;
  v_hash text;
  v_job public.video_jobs;
  v_unfinished boolean := false;
  v_refundable integer;
  v_user public.users;
  v_amount integer := p_amount;
  v_needed jsonb;
  v_answer jsonb;
  v_action_id bigint;
begin
  if p_job_id is null and p_user_id is null then
    raise exception 'name p_job_id, or p_user_id with p_amount' using errcode = '22023';
  elsif p_amount is null and p_job_id is null then
    raise exception 'p_amount is required when no job bounds it' using errcode = '22023';
  elsif p_amount <= 0 then
    raise exception 'p_amount must be a positive whole number of credits, got %', p_amount using errcode = '22023';
  elsif p_reason_code !~ '^[a-z][a-z0-9_]{0,39}$' then
    raise exception 'p_reason_code must be lower_snake_case of at most 40 characters' using errcode = '22023';
  elsif p_idempotency_key is not null and char_length(p_idempotency_key) not between 1 and 200 then
    raise exception 'p_idempotency_key must have 1 to 200 characters' using errcode = '22023';
  end if;

  -- The admin is not part of the request: a colleague must be able to settle a lost answer with the same key.
  v_hash := encode(sha256(convert_to(jsonb_build_array(
    p_amount, p_act.reason, p_user_id, p_job_id, p_reason_code, coalesce(p_allow_unfinished, false))::text, 'UTF8')), 'hex');
  if exists (select from public.admin_actions where idempotency_key = p_idempotency_key) then
    return vidops.replayed_act(p_idempotency_key, 'credit_refund', v_hash, p_act.dry_run);
  end if;

  if p_job_id is not null then
    if p_act.dry_run then
      select * into v_job from public.video_jobs where job_id = p_job_id;
    else
      select * into v_job from public.video_jobs where job_id = p_job_id for no key update;
    end if;
    if not found then
      return jsonb_build_object('success', false, 'error', 'job_not_found', 'code', 'ERR_4007');
    elsif p_user_id is not null and v_job.user_id is distinct from p_user_id then
      return jsonb_build_object('success', false, 'error', 'user_job_mismatch', 'code', 'ERR_4009');
    end if;
  end if;

  if p_act.dry_run then
    select * into v_user from public.users where id = coalesce(v_job.user_id, p_user_id);
  else
    select * into v_user from public.users where id = coalesce(v_job.user_id, p_user_id) for no key update;
  end if;
  if not found then
    return jsonb_build_object('success', false, 'error', 'user_not_found', 'code', 'ERR_4007');
  end if;

  -- Twenty with one key wait for the same locks: the nineteen that come out later find the answer of the first. Those with the key
  -- for another user wait for the head of the chain.
  if p_idempotency_key is not null then
    if not p_act.dry_run then
      perform from vidops.admin_action_chain for no key update;
    end if;
    if exists (select from public.admin_actions where idempotency_key = p_idempotency_key) then
      return vidops.replayed_act(p_idempotency_key, 'credit_refund', v_hash, p_act.dry_run);
    end if;
    v_refusal := vidops.refused_key(p_act, p_idempotency_key, 'admin_refund_credits', v_arguments);
    if v_refusal is not null then
      return v_refusal;
    end if;
  end if;

  if p_job_id is not null then
    v_refundable := v_job.credits_used - v_job.credits_refunded;
    v_unfinished := v_job.status in ('pending', 'processing');
    v_amount := coalesce(p_amount, v_refundable);
    if v_unfinished and not coalesce(p_allow_unfinished, false) then
      return jsonb_build_object('success', false, 'error', 'job_not_finished', 'code', 'ERR_4014', 'job_status', v_job.status);
    elsif v_refundable = 0 or v_amount > v_refundable then
      return jsonb_build_object('success', false, 'code', 'ERR_4013',
        'error', case when v_refundable = 0 then 'nothing_to_refund' else 'refund_exceeds_charge' end,
        'requested', p_amount, 'refundable', v_refundable,
        'job_credits_used', v_job.credits_used, 'job_credits_refunded', v_job.credits_refunded);
    end if;
  end if;
  if v_user.credits_remaining + v_amount::bigint > 2147483647 then
    raise exception 'p_amount is too large: the balance would pass 2147483647' using errcode = '22023';
  end if;

  v_refusal := vidops.amount_changed(p_act, v_amount);
  if v_refusal is not null then
    return v_refusal;
  end if;
  v_needed := vidops.needed_approval(p_act, 'credit_refund', v_amount, v_user.id);
  v_answer := jsonb_build_object('success', true, 'admin_user_id', p_act.admin_user_id, 'user_id', v_user.id, 'job_id', p_job_id, 'amount', v_amount,
    'previous_balance', v_user.credits_remaining, 'new_balance', v_user.credits_remaining + v_amount,
    'job_status', v_job.status, 'job_credits_used', v_job.credits_used, 'job_credits_refunded', v_job.credits_refunded + v_amount);

  if not p_act.dry_run then
    if v_needed is not null then
      return vidops.request_approval(p_act, v_needed, 'admin_refund_credits', v_arguments, 'credit_refund', v_user.id, null, v_amount, p_idempotency_key);
    end if;
    v_action_id := vidops.record_act(p_act, 'credit_refund', v_answer, v_user.id, null, p_job_id, v_amount, p_reason_code, p_idempotency_key, v_hash);

    -- The user reads this row, so it carries the reason's code; the operator's words stay in the audit.
    insert into public.quota_log (user_id, job_id, change, reason, balance_after, admin_action_id)
    values (v_user.id, p_job_id, v_amount, 'admin_refund' || coalesce(':' || p_reason_code, ''), v_user.credits_remaining + v_amount, v_action_id);

    update public.users set credits_remaining = credits_remaining + v_amount, updated_at = now() where id = v_user.id;

    if p_job_id is not null then
      update public.video_jobs
      set credits_refunded = credits_refunded + v_amount,
        refunded_unfinished_at = case when v_job.status <> 'completed' then coalesce(refunded_unfinished_at, now()) else refunded_unfinished_at end
      where job_id = p_job_id;
    end if;
  end if;

  return v_answer || jsonb_build_object('action_id', v_action_id, 'email', v_user.email, 'replayed', false, 'dry_run', p_act.dry_run,
    'changed', true, 'needs_approval', v_needed);
end $$;

-- p_job_id: the refund of that job is taken back; the ledger row names no job, as a job's charges are summed there.
create or replace function vidops.adjust_credits(
  p_user_id uuid, p_change integer, p_reason_code text, p_idempotency_key text, p_job_id uuid, p_act vidops.act)
returns jsonb language plpgsql volatile set search_path = '' as $$
declare
  v_arguments jsonb := jsonb_build_object('p_user_id', p_user_id, 'p_change', p_change, 'p_reason_code', p_reason_code, 'p_idempotency_key', p_idempotency_key);
  v_refusal jsonb;
  v_hash text;
  v_user public.users;
  v_change integer := p_change;
  v_needed jsonb;
  v_answer jsonb;
  v_action_id bigint;
begin
  if p_user_id is null then
    raise exception 'p_user_id is required' using errcode = '22023';
  elsif p_change is null or p_change = 0 or p_change = -2147483648 then
    raise exception 'p_change must be a whole number of credits, and not 0, got %', coalesce(p_change::text, 'null') using errcode = '22023';
  elsif p_reason_code !~ '^[a-z][a-z0-9_]{0,39}$' then
    raise exception 'p_reason_code must be lower_snake_case of at most 40 characters' using errcode = '22023';
  elsif p_idempotency_key is not null and char_length(p_idempotency_key) not between 1 and 200 then
    raise exception 'p_idempotency_key must have 1 to 200 characters' using errcode = '22023';
  end if;

  v_hash := encode(sha256(convert_to(jsonb_build_array(p_change, p_act.reason, p_user_id, p_reason_code)::text, 'UTF8')), 'hex');
  if p_act.dry_run then
    select * into v_user from public.users where id = p_user_id;
  else
    if p_job_id is not null then
      perform from public.video_jobs where job_id = p_job_id for no key update;
    end if;
    select * into v_user from public.users where id = p_user_id for no key update;
    if p_idempotency_key is not null then
      perform from vidops.admin_action_chain for no key update;
    end if;
  end if;
  if exists (select from public.admin_actions where idempotency_key = p_idempotency_key) then
    return vidops.replayed_act(p_idempotency_key, 'credit_adjustment', v_hash, p_act.dry_run);
  end if;
  v_refusal := vidops.refused_key(p_act, p_idempotency_key, 'admin_adjust_credits', v_arguments);
  if v_refusal is not null then
    return v_refusal;
  elsif v_user.id is null then
    return jsonb_build_object('success', false, 'error', 'user_not_found', 'code', 'ERR_4007');
  elsif v_user.credits_remaining + p_change::bigint < 0 then
    if p_act.partial and v_user.credits_remaining > 0 then
      v_change := -v_user.credits_remaining;
    else
      return jsonb_build_object('success', false, 'error', case when p_act.undoes is null then 'insufficient_credits' else 'credits_already_spent' end,
        'code', 'ERR_4001', 'current_credits', v_user.credits_remaining, 'required_credits', -p_change);
    end if;
  elsif v_user.credits_remaining + p_change::bigint > 2147483647 then
    raise exception 'p_change is too large: the balance would pass 2147483647' using errcode = '22023';
  end if;

  v_refusal := vidops.amount_changed(p_act, v_change);
  if v_refusal is not null then
    return v_refusal;
  end if;
  v_needed := vidops.needed_approval(p_act, 'credit_adjustment', abs(v_change), v_user.id);
  v_answer := jsonb_build_object('user_id', v_user.id, 'change', v_change, 'previous_balance', v_user.credits_remaining,
    'new_balance', v_user.credits_remaining + v_change, 'before', jsonb_build_object('credits_remaining', v_user.credits_remaining),
    'after', jsonb_build_object('credits_remaining', v_user.credits_remaining + v_change));

  if not p_act.dry_run then
    if v_needed is not null then
      return vidops.request_approval(p_act, v_needed, 'admin_adjust_credits', v_arguments, 'credit_adjustment', p_user_id, null, v_change, p_idempotency_key);
    end if;
    v_action_id := vidops.record_act(p_act, 'credit_adjustment', v_answer || jsonb_build_object('success', true, 'admin_user_id', p_act.admin_user_id),
      p_user_id, null, p_job_id, v_change, p_reason_code, p_idempotency_key, v_hash);
    insert into public.quota_log (user_id, change, reason, balance_after, admin_action_id)
    values (p_user_id, v_change, case when p_act.undoes is null then 'admin_adjustment' else 'admin_undo' end || coalesce(':' || p_reason_code, ''),
      v_user.credits_remaining + v_change, v_action_id);
    update public.users set credits_remaining = credits_remaining + v_change, updated_at = now() where id = p_user_id;
    if p_job_id is not null then
      update public.video_jobs
      set credits_refunded = credits_refunded + v_change,
        refunded_unfinished_at = case when credits_refunded + v_change > 0 then refunded_unfinished_at end
      where job_id = p_job_id;
    end if;
  end if;

  return vidops.act_answer(p_act, v_action_id, true, v_needed, v_answer || jsonb_build_object('email', v_user.email, 'replayed', false));
end $$;

create or replace function public.admin_refund_credits(
  p_amount integer, p_reason text, p_user_id uuid default null, p_job_id uuid default null, p_idempotency_key text default null,
  p_admin_user_id uuid default null, p_dry_run boolean default false, p_allow_unfinished boolean default false, p_reason_code text default null,
  p_run_id text default null, p_ticket text default null)
returns jsonb language plpgsql volatile security definer set search_path = '' as $$
begin
  return vidops.refund_credits(p_amount, p_user_id, p_job_id, p_idempotency_key, p_allow_unfinished, p_reason_code,
    vidops.begin_act(p_admin_user_id, p_reason, p_ticket, p_run_id, p_dry_run));
end $$;

create or replace function public.admin_adjust_credits(
  p_user_id uuid, p_change integer, p_reason text, p_reason_code text default null, p_idempotency_key text default null,
  p_admin_user_id uuid default null, p_dry_run boolean default false, p_run_id text default null, p_ticket text default null)
returns jsonb language plpgsql volatile security definer set search_path = '' as $$
begin
  return vidops.adjust_credits(p_user_id, p_change, p_reason_code, p_idempotency_key, null,
    vidops.begin_act(p_admin_user_id, p_reason, p_ticket, p_run_id, p_dry_run));
end $$;

comment on function public.admin_refund_credits(integer, text, uuid, uuid, text, uuid, boolean, boolean, text, text, text) is
  'Gives credits back, for a job (p_amount null: all that is left) or to a user: balance, ledger row and audit row in one transaction. '
  'All refunds of a job together never pass what it cost. A repeated p_idempotency_key answers as the first time, with replayed true. '
  'A pending or processing job needs p_allow_unfinished. p_dry_run tells the answer without writing. Above the thresholds: approval_required.';
comment on function public.admin_adjust_credits(uuid, integer, text, text, text, uuid, boolean, text, text) is
  'Adds credits to a balance or takes them from it (p_change below 0), never below zero: balance, ledger row and audit row in one transaction. '
  'A repeated p_idempotency_key answers as the first time, with replayed true. Above the thresholds: approval_required.';
revoke execute on function vidops.replayed_act(text, text, text, boolean) from public, anon, authenticated, service_role;
revoke execute on function vidops.refund_credits(integer, uuid, uuid, text, boolean, text, vidops.act) from public, anon, authenticated, service_role;
revoke execute on function vidops.adjust_credits(uuid, integer, text, text, uuid, vidops.act) from public, anon, authenticated, service_role;
revoke execute on function public.admin_refund_credits(integer, text, uuid, uuid, text, uuid, boolean, boolean, text, text, text) from public, anon;
revoke execute on function public.admin_adjust_credits(uuid, integer, text, text, text, uuid, boolean, text, text) from public, anon;
grant execute on function public.admin_refund_credits(integer, text, uuid, uuid, text, uuid, boolean, boolean, text, text, text) to authenticated, service_role;
grant execute on function public.admin_adjust_credits(uuid, integer, text, text, text, uuid, boolean, text, text) to authenticated, service_role;
