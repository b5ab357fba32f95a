-- The refund: balance, cap on the job, ledger row and audit row in one transaction, once for each key, for ever.
-- Order of events: who acts, is the request well formed, was it answered before, lock (job, then user), was it answered while
-- waiting, may it be, and only then the writes; the audit row comes first because its unique key settles every race that is left.

create or replace function public.admin_refund_credits(
  p_amount integer, p_reason text, p_user_id uuid default null, p_job_id uuid default null, p_idempotency_key text default null,
  p_admin_user_id uuid default null, p_dry_run boolean default false, p_allow_unfinished boolean default false,
  p_reason_code text default null, p_run_id text default null)
returns jsonb language plpgsql volatile security definer set search_path = '' as $$
declare
  v_admin uuid := vidops.acting_admin(p_admin_user_id);
  v_dry_run boolean := coalesce(p_dry_run, false);
  v_reason text := btrim(p_reason, E' \t\r\n');
  v_hash text;
  v_job public.video_jobs;
  v_unfinished boolean := false;
  v_refundable integer;
  v_user public.users;
  v_amount integer := p_amount;
  v_answer jsonb;
  v_action_id bigint;
begin
  if p_job_id is null and p_user_id is null then
    raise exception 'name p_job_id, or p_user_id with p_amount' using errcode = '22023';
  elsif p_amount is null and p_job_id is null then
    raise exception 'p_amount is required when no job bounds it' using errcode = '22023';
  elsif p_amount <= 0 then
    raise exception 'p_amount must be a positive whole number of credits, got %', p_amount using errcode = '22023';
  elsif v_reason is null or v_reason !~ '\S' or char_length(v_reason) > 500 then
    raise exception 'p_reason must have 1 to 500 characters' using errcode = '22023';
  elsif p_reason_code !~ '^[a-z][a-z0-9_]{0,39}$' then
    raise exception 'p_reason_code must be lower_snake_case of at most 40 characters' using errcode = '22023';
  elsif p_idempotency_key is not null and char_length(p_idempotency_key) not between 1 and 200 then
    raise exception 'p_idempotency_key must have 1 to 200 characters' using errcode = '22023';
  elsif char_length(p_run_id) > 100 then
    raise exception 'p_run_id must have at most 100 characters' using errcode = '22023';
  end if;

  -- The admin is not part of the request: a colleague must be able to settle a lost answer with the same key.
  v_hash := encode(sha256(convert_to(jsonb_build_array(
    p_amount, v_reason, p_user_id, p_job_id, p_reason_code, coalesce(p_allow_unfinished, false))::text, 'UTF8')), 'hex');
  if exists (select from public.admin_actions where idempotency_key = p_idempotency_key) then
    return vidops.replayed_refund(p_idempotency_key, v_hash, v_dry_run);
  end if;

  if p_job_id is not null then
    if v_dry_run then
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

  if v_dry_run then
    select * into v_user from public.users where id = coalesce(v_job.user_id, p_user_id);
  else
    select * into v_user from public.users where id = coalesce(v_job.user_id, p_user_id) for no key update;
  end if;
  if not found then
    return jsonb_build_object('success', false, 'error', 'user_not_found', 'code', 'ERR_4007');
  end if;

  -- Twenty with one key wait for the same locks: the nineteen that come out later find the answer of the first.
  if exists (select from public.admin_actions where idempotency_key = p_idempotency_key) then
    return vidops.replayed_refund(p_idempotency_key, v_hash, v_dry_run);
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

  v_answer := jsonb_build_object('success', true, 'admin_user_id', v_admin, 'user_id', v_user.id, 'job_id', p_job_id, 'amount', v_amount,
    'previous_balance', v_user.credits_remaining, 'new_balance', v_user.credits_remaining + v_amount,
    'job_status', v_job.status, 'job_credits_used', v_job.credits_used, 'job_credits_refunded', v_job.credits_refunded + v_amount);

  if not v_dry_run then
    insert into public.admin_actions (admin_user_id, action_type, target_user_id, target_job_id, amount, reason, reason_code,
      details, idempotency_key, request_hash, run_id)
    values (v_admin, 'credit_refund', v_user.id, p_job_id, v_amount, v_reason, p_reason_code,
      v_answer, p_idempotency_key, v_hash, p_run_id)
    on conflict (idempotency_key) do nothing
    returning id into v_action_id;
    if v_action_id is null then
      return vidops.replayed_refund(p_idempotency_key, v_hash, v_dry_run);
    end if;

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

  return v_answer || jsonb_build_object('action_id', v_action_id, 'email', v_user.email, 'replayed', false, 'dry_run', v_dry_run);
end $$;

-- The stored answer of a refund key that was used; idempotency_key_reused when it meant another request.
create or replace function vidops.replayed_refund(p_idempotency_key text, p_request_hash text, p_dry_run boolean)
returns jsonb language sql stable set search_path = '' as $$
  select case
    when a.action_type <> 'credit_refund' or a.request_hash is distinct from p_request_hash
      then jsonb_build_object('success', false, 'error', 'idempotency_key_reused', 'code', 'ERR_4010')
    else a.details || jsonb_build_object('action_id', a.id, 'replayed', true, 'dry_run', p_dry_run,
      'email', (select u.email from public.users u where u.id = a.target_user_id))
  end
  from public.admin_actions a
  where a.idempotency_key = p_idempotency_key;
$$;

comment on function public.admin_refund_credits(integer, text, uuid, uuid, text, uuid, boolean, boolean, text, text) is
  'Gives credits back, for a job (p_amount null: all that is left) or to a user: balance, ledger row and audit row in one transaction. '
  'All refunds of a job together never pass what it cost. A repeated p_idempotency_key answers as the first time, with replayed true. '
  'A pending or processing job needs p_allow_unfinished. p_dry_run tells the answer without writing.';
revoke execute on function public.admin_refund_credits(integer, text, uuid, uuid, text, uuid, boolean, boolean, text, text) from public, anon;
grant execute on function public.admin_refund_credits(integer, text, uuid, uuid, text, uuid, boolean, boolean, text, text) to authenticated, service_role;
revoke execute on function vidops.replayed_refund(text, text, boolean) from public, anon, authenticated, service_role;
