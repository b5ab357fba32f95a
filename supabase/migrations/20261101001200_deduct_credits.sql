-- A spend: one guarded update decides, so a balance for ten admits ten, however many ask at once.

create or replace function public.deduct_credits(
  p_user_id uuid, p_amount integer, p_reason text default 'video_generation', p_job_id uuid default null, p_idempotency_key text default null)
returns jsonb language plpgsql volatile security definer set search_path = '' as $$
declare
  v_operation constant text := 'deduct_credits';
  v_job_user uuid;
  v_user public.users;
  v_balance integer;
  v_hash text;
  v_stored public.idempotency_log;
  v_answer jsonb;
begin
  if p_user_id is null then
    raise exception 'p_user_id is required' using errcode = '22023';
  elsif p_amount is null or p_amount <= 0 then
    raise exception 'p_amount must be a positive whole number of credits, got %', coalesce(p_amount::text, 'null') using errcode = '22023';
  elsif p_reason is null or p_reason !~ '\S' or char_length(p_reason) > 500 then
    raise exception 'p_reason must have 1 to 500 characters' using errcode = '22023';
  elsif p_idempotency_key is not null and char_length(p_idempotency_key) not between 1 and 200 then
    raise exception 'p_idempotency_key must have 1 to 200 characters' using errcode = '22023';
  end if;

  -- Locks in one order everywhere: jobs, then users.
  if p_job_id is not null then
    select user_id into v_job_user from public.video_jobs where job_id = p_job_id for no key update;
    if not found then
      return jsonb_build_object('success', false, 'error', 'job_not_found', 'code', 'ERR_4007');
    elsif v_job_user is distinct from p_user_id then
      return jsonb_build_object('success', false, 'error', 'user_job_mismatch', 'code', 'ERR_4009');
    end if;
  end if;

  if p_idempotency_key is not null then
    -- Under the user's lock nobody else can be writing this user's key.
    perform from public.users where id = p_user_id for no key update;
    v_hash := encode(sha256(convert_to(jsonb_build_array(p_amount, p_reason, p_job_id)::text, 'UTF8')), 'hex');
    select * into v_stored from public.idempotency_log
    where user_id = p_user_id and operation_type = v_operation and idempotency_key = p_idempotency_key and expires_at > now();
    if found then
      if v_stored.request_hash is distinct from v_hash then
        return jsonb_build_object('success', false, 'error', 'idempotency_key_reused', 'code', 'ERR_4010');
      end if;
      return v_stored.response_data || '{"replayed": true}';
    end if;
  end if;

  update public.users
  set credits_remaining = credits_remaining - p_amount, updated_at = now()
  where id = p_user_id and credits_remaining >= p_amount and banned_at is null
  returning credits_remaining into v_balance;
  if not found then
    -- What was refused was not charged, whatever the job's insert said: it must not be refundable.
    if p_job_id is not null then
      update public.video_jobs
      set credits_used = greatest(credits_refunded,
        (select coalesce(-sum(change), 0) from public.quota_log where job_id = p_job_id and change < 0))
      where job_id = p_job_id;
    end if;
    select * into v_user from public.users where id = p_user_id;
    return case
      when not found then jsonb_build_object('success', false, 'error', 'user_not_found', 'code', 'ERR_4007')
      when v_user.banned_at is not null then jsonb_build_object('success', false, 'error', 'account_banned', 'code', 'ERR_4012')
      else jsonb_build_object('success', false, 'error', 'insufficient_credits', 'code', 'ERR_4001',
        'current_credits', v_user.credits_remaining, 'required_credits', p_amount)
    end;
  end if;

  insert into public.quota_log (user_id, job_id, change, reason, balance_after)
  values (p_user_id, p_job_id, -p_amount, p_reason, v_balance);

  -- What a job cost, and so what may be refunded for it, is what the ledger charged to it.
  if p_job_id is not null then
    update public.video_jobs
    set credits_used = greatest(credits_refunded, (select -sum(change) from public.quota_log where job_id = p_job_id and change < 0))
    where job_id = p_job_id;
  end if;

  v_answer := jsonb_build_object('success', true, 'credits_remaining', v_balance, 'replayed', false);
  if p_idempotency_key is not null then
    insert into public.idempotency_log (idempotency_key, user_id, job_id, operation_type, response_data, status_code, request_hash)
    values (p_idempotency_key, p_user_id, p_job_id, v_operation, v_answer, 200, v_hash)
    on conflict (user_id, operation_type, idempotency_key) do update
    set job_id = excluded.job_id, response_data = excluded.response_data, status_code = excluded.status_code,
      request_hash = excluded.request_hash, created_at = excluded.created_at, expires_at = excluded.expires_at;
  end if;
  return v_answer;
end $$;

comment on function public.deduct_credits(uuid, integer, text, uuid, text) is
  'Spends credits: balance and ledger row in one transaction, or error insufficient_credits with current_credits and required_credits. '
  'With p_job_id the charge belongs to that job. With p_idempotency_key the same request again within 24 h gives the same answer.';
revoke execute on function public.deduct_credits(uuid, integer, text, uuid, text) from public, anon, authenticated;
grant execute on function public.deduct_credits(uuid, integer, text, uuid, text) to service_role;
