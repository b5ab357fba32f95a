-- The beginning of a generation in one transaction: key, ban, model, price, limits, credits, job and ledger row; or nothing at all.
-- The key's row says 102 (in flight) until attach_generation, complete_generation or fail_generation stores the answer in it.

create or replace function vidops.repeated_generation(p_stored public.idempotency_log, p_request_hash text, p_attempt uuid)
returns jsonb language plpgsql stable set search_path = '' as $$
declare
  v_order jsonb := p_stored.response_data - 'attempt';
begin
  if p_stored.request_hash is distinct from p_request_hash then
    return jsonb_build_object('success', false, 'error', 'idempotency_key_reused', 'code', 'ERR_4010');
  elsif p_stored.status_code <> 102 then
    return jsonb_build_object('success', true, 'replayed', true, 'job_id', p_stored.job_id, 'status_code', p_stored.status_code,
      'response', p_stored.response_data);
  elsif p_stored.response_data ->> 'attempt' = p_attempt::text then
    -- Whoever began it, and was not told so: only they know the attempt, so nobody else is at it.
    return v_order || jsonb_build_object('success', true, 'replayed', false, 'status', 'pending', 'limits', null) || (
      select jsonb_build_object('provider', m.provider, 'provider_model_id', m.provider_model_id)
      from public.video_jobs j join public.models m on m.id = j.model_id where j.job_id = p_stored.job_id);
  elsif p_stored.created_at > now() - interval '2 minutes' then
    return jsonb_build_object('success', false, 'error', 'request_in_flight', 'code', 'ERR_4011', 'job_id', p_stored.job_id);
  end if;
  -- Who began it is gone. The job is there and charged; what becomes of it is found out by the sweep.
  return jsonb_build_object('success', true, 'replayed', true, 'job_id', p_stored.job_id, 'status_code', 202,
    'response', v_order || jsonb_build_object('status', (select j.status from public.video_jobs j where j.job_id = p_stored.job_id)));
end $$;
revoke execute on function vidops.repeated_generation(public.idempotency_log, text, uuid) from public, anon, authenticated, service_role;

-- Writes a job that is allowed: row, charge, ledger, key. The user's row is locked and has the credits.
create or replace function vidops.begin_generation(p_user_id uuid, p_model public.models, p_prompt text, p_settings jsonb, p_idempotency_key text, p_request_hash text,
  p_attempt uuid default null)
returns jsonb language plpgsql set search_path = '' as $$
declare
  v_job_id uuid := gen_random_uuid();
  v_balance integer;
begin
  update public.users set credits_remaining = credits_remaining - p_model.cost_per_generation, updated_at = now()
  where id = p_user_id returning credits_remaining into v_balance;
  insert into public.video_jobs (job_id, user_id, model_id, prompt, settings, status, credits_used, idempotency_key)
  values (v_job_id, p_user_id, p_model.id, p_prompt, p_settings, 'pending', p_model.cost_per_generation, p_idempotency_key);
  insert into public.quota_log (user_id, job_id, change, reason, balance_after)
  values (p_user_id, v_job_id, -p_model.cost_per_generation, 'video_generation', v_balance);
  insert into public.idempotency_log (idempotency_key, user_id, job_id, operation_type, response_data, status_code, request_hash)
  values (p_idempotency_key, p_user_id, v_job_id, 'generate_video',
    jsonb_strip_nulls(jsonb_build_object('job_id', v_job_id, 'credits_used', p_model.cost_per_generation, 'credits_remaining', v_balance,
      'attempt', p_attempt)), 102, p_request_hash)
  -- An expired one that no cleanup has met yet.
  on conflict (user_id, operation_type, idempotency_key) do update
  set job_id = excluded.job_id, response_data = excluded.response_data, status_code = excluded.status_code,
    request_hash = excluded.request_hash, created_at = excluded.created_at, expires_at = excluded.expires_at;
  return jsonb_build_object('success', true, 'replayed', false, 'job_id', v_job_id, 'status', 'pending', 'credits_used', p_model.cost_per_generation,
    'credits_remaining', v_balance, 'provider', p_model.provider, 'provider_model_id', p_model.provider_model_id);
end $$;
revoke execute on function vidops.begin_generation(uuid, public.models, text, jsonb, text, text, uuid) from public, anon, authenticated, service_role;

create or replace function vidops.generation_hash(p_model_id uuid, p_prompt text, p_settings jsonb)
returns text language sql immutable set search_path = '' as $$
  select encode(sha256(convert_to(jsonb_build_array(p_model_id, p_prompt, p_settings)::text, 'UTF8')), 'hex');
$$;
revoke execute on function vidops.generation_hash(uuid, text, jsonb) from public, anon, authenticated, service_role;

-- Locks who begins a generation. A guest's generations do not begin while the guest is being handed over, which locks the jobs that
-- there are before it locks users; an account is never handed over, so the row that says so is believed without a lock.
create or replace function vidops.lock_generating_user(p_user_id uuid)
returns public.users language plpgsql set search_path = '' as $$
declare
  v_user public.users;
begin
  if exists (select from public.users where id = p_user_id and is_guest) then
    perform pg_advisory_xact_lock_shared(hashtextextended('hand_over:' || p_user_id, 0));
  end if;
  select * into v_user from public.users where id = p_user_id for no key update;
  return v_user;
end $$;
revoke execute on function vidops.lock_generating_user(uuid) from public, anon, authenticated, service_role;

create or replace function public.start_generation(
  p_user_id uuid, p_model_id uuid, p_prompt text, p_idempotency_key text, p_settings jsonb default '{}', p_ip text default null,
  p_limits jsonb default null, p_expected_credits integer default null, p_attempt uuid default null
) returns jsonb language plpgsql security definer set search_path = '' as $$
declare
  v_hash text;
  v_user public.users;
  v_model public.models;
  v_stored public.idempotency_log;
  v_limits jsonb;
begin
  if p_user_id is null or p_model_id is null then
    raise exception '% is required', case when p_user_id is null then 'p_user_id' else 'p_model_id' end using errcode = '22023';
  elsif p_prompt is null or p_prompt !~ '\S' or char_length(p_prompt) > 10000 then
    raise exception 'p_prompt must have 1 to 10000 characters' using errcode = '22023';
  elsif p_idempotency_key is null or char_length(p_idempotency_key) not between 1 and 200 then
    raise exception 'p_idempotency_key must have 1 to 200 characters' using errcode = '22023';
  elsif p_settings is null or jsonb_typeof(p_settings) <> 'object' or pg_column_size(p_settings) > 131072 or octet_length(p_settings::text) > 131072 then
    raise exception 'p_settings must be an object of at most 128 kB' using errcode = '22023';
  end if;
  v_hash := vidops.generation_hash(p_model_id, p_prompt, p_settings);

  -- The user first: who comes second with one key finds the first one's row. The rows of limits, which strangers share, come last and
  -- are held for the shortest time; nobody who holds them waits for a user.
  v_user := vidops.lock_generating_user(p_user_id);
  if v_user.id is null then
    return jsonb_build_object('success', false, 'error', 'user_not_found', 'code', 'ERR_4007');
  end if;
  select * into v_stored from public.idempotency_log
  where user_id = p_user_id and operation_type = 'generate_video' and idempotency_key = p_idempotency_key and expires_at > now();
  if found then
    return vidops.repeated_generation(v_stored, v_hash, p_attempt);
  elsif v_user.banned_at is not null then
    return jsonb_build_object('success', false, 'error', 'account_banned', 'code', 'ERR_4012');
  elsif v_user.handed_over_to is not null then
    return jsonb_build_object('success', false, 'error', 'account_handed_over', 'code', 'ERR_4009', 'handed_over_to', v_user.handed_over_to);
  end if;

  select * into v_model from public.models where id = p_model_id and is_available;
  if not found then
    return jsonb_build_object('success', false, 'error', 'model_unavailable', 'code', 'ERR_4002', 'model_id', p_model_id);
  elsif p_expected_credits <> v_model.cost_per_generation then
    return jsonb_build_object('success', false, 'error', 'price_changed', 'code', 'ERR_4009', 'model_id', p_model_id,
      'expected_credits', p_expected_credits, 'required_credits', v_model.cost_per_generation);
  elsif v_user.credits_remaining < v_model.cost_per_generation then
    return jsonb_build_object('success', false, 'error', 'insufficient_credits', 'code', 'ERR_4001',
      'current_credits', v_user.credits_remaining, 'required_credits', v_model.cost_per_generation);
  end if;

  -- Judged after all else, so that a refusal for another cause counts against no limit.
  if p_limits is distinct from '[]' then
    v_limits := public.check_rate_limits('video_generation', coalesce(p_ip, 'unknown'), p_user_id, p_limits);
    if (v_limits -> 'success')::boolean and not (v_limits -> 'allowed')::boolean then
      return jsonb_build_object('success', false, 'error', 'rate_limited', 'code', 'ERR_4004', 'limits', v_limits -> 'limits',
        'retry_after', (select ceil(max((l -> 'retry_after_ms')::numeric) / 1000) from jsonb_array_elements(v_limits -> 'limits') l));
    elsif not (v_limits -> 'success')::boolean and v_limits ->> 'error' <> 'no_rate_limit_rule' then
      return v_limits;
    end if;
  end if;
  return vidops.begin_generation(p_user_id, v_model, p_prompt, p_settings, p_idempotency_key, v_hash, p_attempt)
    || jsonb_build_object('limits', v_limits -> 'limits');
end $$;
comment on function public.start_generation(uuid, uuid, text, text, jsonb, text, jsonb, integer, uuid) is 'Begins a generation: key, ban, model, price, limits, credits, job row and ledger row in one transaction. p_limits: as check_rate_limits; null: the rules of video_generation, if there are any; []: none. p_expected_credits: the price that the user saw; another one is refused (price_changed). The same key again: replayed with the stored answer (status_code, response), request_in_flight while there is none, idempotency_key_reused for another request. p_attempt: a new uuid of whoever calls; the same key with the same attempt is the same caller who lost the answer, and is told again that it began. Then call the provider, and attach_generation or fail_generation.';
revoke execute on function public.start_generation(uuid, uuid, text, text, jsonb, text, jsonb, integer, uuid) from public, anon, authenticated, service_role;
grant execute on function public.start_generation(uuid, uuid, text, text, jsonb, text, jsonb, integer, uuid) to service_role;
