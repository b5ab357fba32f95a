-- The end of a generation. Each function may be called again, by anybody who learns of it (the request, a webhook, a poll, the sweep),
-- in any order: the job's row is locked, the state decides, and what was done is not done twice. A failure gives all credits back.

-- Stores the answer of the request that began the job, unless it has one.
create or replace function vidops.answer_generation(p_job public.video_jobs, p_status_code integer, p_more jsonb)
returns void language sql set search_path = '' as $$
  update public.idempotency_log set status_code = p_status_code, response_data = (response_data - 'attempt') || p_more
  where user_id = p_job.user_id and operation_type = 'generate_video' and idempotency_key = p_job.idempotency_key
    and job_id = p_job.job_id and status_code = 102;
$$;
revoke execute on function vidops.answer_generation(public.video_jobs, integer, jsonb) from public, anon, authenticated, service_role;

create or replace function public.attach_generation(p_job_id uuid, p_provider_job_id text)
returns jsonb language plpgsql security definer set search_path = '' as $$
declare
  v_job public.video_jobs;
  v_status text;
begin
  if p_provider_job_id is null or p_provider_job_id !~ '\S' or char_length(p_provider_job_id) > 500 then
    raise exception 'p_provider_job_id must have 1 to 500 characters' using errcode = '22023';
  end if;
  select * into v_job from public.video_jobs where job_id = p_job_id for no key update;
  if not found then
    return jsonb_build_object('success', false, 'error', 'job_not_found', 'code', 'ERR_4007');
  elsif v_job.provider_job_id <> p_provider_job_id then
    return jsonb_build_object('success', false, 'error', 'provider_job_mismatch', 'code', 'ERR_4009', 'job_status', v_job.status,
      'provider_job_id', v_job.provider_job_id);
  end if;
  v_status := case v_job.status when 'pending' then 'processing' else v_job.status end;
  -- A job that failed meanwhile keeps its state and learns the id: its video, should it come, is found.
  if v_status <> v_job.status or v_job.provider_job_id is null then
    update public.video_jobs set status = v_status, provider_job_id = p_provider_job_id where job_id = p_job_id;
  end if;
  perform vidops.answer_generation(v_job, 202, '{"status": "processing"}');
  return jsonb_build_object('success', true, 'job_id', p_job_id, 'status', v_status, 'provider_job_id', p_provider_job_id,
    'changed', v_status <> v_job.status or v_job.provider_job_id is null);
end $$;
comment on function public.attach_generation(uuid, text) is 'Notes that the provider took the job: pending becomes processing. Again with the same id: changed false. With another id: provider_job_mismatch, since then the provider has two jobs for one charge.';

create or replace function public.complete_generation(p_job_id uuid, p_video_url text, p_thumbnail_url text default null, p_provider_job_id text default null)
returns jsonb language plpgsql security definer set search_path = '' as $$
declare
  v_job public.video_jobs;
  v_late boolean;
  v_changed boolean;
begin
  if p_video_url is null or p_video_url !~ '\S' or char_length(p_video_url) > 4000 then
    raise exception 'p_video_url must have 1 to 4000 characters' using errcode = '22023';
  elsif char_length(p_thumbnail_url) > 4000 or char_length(p_provider_job_id) not between 1 and 500 then
    raise exception '% is too long', case when char_length(p_thumbnail_url) > 4000 then 'p_thumbnail_url' else 'p_provider_job_id' end using errcode = '22023';
  end if;
  select * into v_job from public.video_jobs where job_id = p_job_id for no key update;
  if not found then
    return jsonb_build_object('success', false, 'error', 'job_not_found', 'code', 'ERR_4007');
  elsif v_job.provider_job_id <> p_provider_job_id then
    return jsonb_build_object('success', false, 'error', 'provider_job_mismatch', 'code', 'ERR_4009', 'job_status', v_job.status,
      'provider_job_id', v_job.provider_job_id);
  end if;
  v_late := v_job.status = 'failed';
  v_changed := v_job.purged_at is null and case when v_late then v_job.delivered_late_at is null else v_job.status <> 'completed' end;
  if v_changed then
    if v_job.status = 'pending' then
      -- The provider's word came before the request's own.
      update public.video_jobs set status = 'processing' where job_id = p_job_id;
    end if;
    update public.video_jobs
    set status = case when v_late then 'failed' else 'completed' end,
      video_url = p_video_url, thumbnail_url = coalesce(p_thumbnail_url, thumbnail_url), provider_job_id = coalesce(provider_job_id, p_provider_job_id),
      completed_at = case when v_late then completed_at else now() end, delivered_late_at = case when v_late then now() end
    where job_id = p_job_id;
    if not v_late then
      perform vidops.answer_generation(v_job, 202, '{"status": "processing"}');
    end if;
  end if;
  return jsonb_build_object('success', true, 'job_id', p_job_id, 'user_id', v_job.user_id,
    'status', case when v_late then 'failed' else 'completed' end, 'changed', v_changed, 'late', v_late);
end $$;
comment on function public.complete_generation(uuid, text, text, text) is 'Delivers a job''s video. Of a completed job nothing is overwritten (changed false). A job that had failed was refunded: the video is delivered free, once (late true, delivered_late_at), and the state stays failed.';

-- What a failure gives back: what is left of what the ledger charged to the job. What an insert once said of its cost is no charge; nor is
-- an undone refund, whose row names no job: credits_refunded counts those.
create or replace function vidops.owed_credits(p_job public.video_jobs)
returns integer language sql stable set search_path = '' as $$
  select greatest(least(p_job.credits_used, -coalesce(sum(q.change) filter (where q.change < 0), 0)) - p_job.credits_refunded, 0)::integer
  from public.quota_log q where q.job_id = p_job.job_id;
$$;
revoke execute on function vidops.owed_credits(public.video_jobs) from public, anon, authenticated, service_role;

-- Fails a job and gives back what is owed. The caller holds no user's lock, or all of them in their order.
create or replace function vidops.fail_generation(p_job public.video_jobs, p_code text, p_reason text, p_message text)
returns jsonb language plpgsql set search_path = '' as $$
declare
  v_refund integer := vidops.owed_credits(p_job);
  v_balance integer;
begin
  if v_refund > 0 then
    update public.users set credits_remaining = credits_remaining + v_refund, updated_at = now()
    where id = p_job.user_id returning credits_remaining into v_balance;
    insert into public.quota_log (user_id, job_id, change, reason, balance_after)
    values (p_job.user_id, p_job.job_id, v_refund, 'generation_failed', v_balance);
  else
    select u.credits_remaining into v_balance from public.users u where u.id = p_job.user_id;
  end if;
  update public.video_jobs
  set status = 'failed', credits_refunded = credits_refunded + v_refund, error_code = coalesce(error_code, p_code),
    error_reason = coalesce(error_reason, p_reason), error_message = coalesce(error_message, left(p_message, 2000)), completed_at = coalesce(completed_at, now())
  where job_id = p_job.job_id;
  perform vidops.answer_generation(p_job, 502,
    jsonb_build_object('status', 'failed', 'error_code', p_code, 'reason', p_reason, 'credits_remaining', v_balance));
  return jsonb_build_object('success', true, 'job_id', p_job.job_id, 'user_id', p_job.user_id, 'status', 'failed', 'changed', true,
    'credits_refunded', v_refund, 'credits_remaining', v_balance);
end $$;
revoke execute on function vidops.fail_generation(public.video_jobs, text, text, text) from public, anon, authenticated, service_role;

create or replace function public.fail_generation(p_job_id uuid, p_code text, p_reason text, p_message text default null)
returns jsonb language plpgsql security definer set search_path = '' as $$
declare
  v_job public.video_jobs;
begin
  if p_code is null or p_code !~ '^ERR_[456]\d{3}$' then
    raise exception 'p_code must be an error code such as ERR_5003' using errcode = '22023';
  elsif p_reason is null or p_reason !~ '^[a-z][a-z0-9_]{0,99}$' then
    raise exception 'p_reason must be lower_snake_case of at most 100 characters' using errcode = '22023';
  end if;
  select * into v_job from public.video_jobs where job_id = p_job_id for no key update;
  if not found then
    return jsonb_build_object('success', false, 'error', 'job_not_found', 'code', 'ERR_4007');
  elsif v_job.status = 'completed' then
    return jsonb_build_object('success', false, 'error', 'job_completed', 'code', 'ERR_4009');
  elsif v_job.status = 'failed' and (v_job.idempotency_key is null or vidops.owed_credits(v_job) = 0) then
    return jsonb_build_object('success', true, 'job_id', p_job_id, 'user_id', v_job.user_id, 'status', 'failed', 'changed', false, 'credits_refunded', 0,
      'credits_remaining', (select u.credits_remaining from public.users u where u.id = v_job.user_id));
  end if;
  return vidops.fail_generation(v_job, p_code, p_reason, p_message);
end $$;
comment on function public.fail_generation(uuid, text, text, text) is 'Ends a job without a video and gives back all that is left of its charge, once. p_code and p_reason are what the user is told, in their language; p_message is for operators. A completed job: job_completed.';

create or replace function public.expire_generations(p_older_than_seconds integer default 86400, p_limit integer default 100)
returns jsonb language plpgsql security definer set search_path = '' as $$
declare
  v_jobs public.video_jobs[];
  v_expired jsonb := '[]';
  v_skipped jsonb := '[]';
begin
  if p_older_than_seconds is null or p_older_than_seconds not between 60 and 31622400 then
    raise exception 'p_older_than_seconds must be between 60 and 31622400' using errcode = '22023';
  elsif p_limit is null or p_limit not between 1 and 1000 then
    raise exception 'p_limit must be between 1 and 1000' using errcode = '22023';
  end if;
  v_jobs := array(
    select j from public.video_jobs j
    where j.status in ('pending', 'processing') and j.created_at < now() - make_interval(secs => p_older_than_seconds)
      and j.idempotency_key is not null
    order by j.created_at limit p_limit for no key update skip locked);
  perform from public.users where id in (select (j).user_id from unnest(v_jobs) j) order by id for no key update;
  for i in 1 .. cardinality(v_jobs) loop
    begin
      v_expired := v_expired || jsonb_build_array(
        vidops.fail_generation(v_jobs[i], 'ERR_5001', 'generation_expired', format('no answer within %s seconds', p_older_than_seconds))
          - '{success,status,changed,credits_remaining}'::text[]);
    exception
      -- One row that cannot be changed, whatever stands in its way, must not keep all others from their refund.
      when others then
        v_skipped := v_skipped || jsonb_build_object('job_id', v_jobs[i].job_id, 'why', sqlerrm);
    end;
  end loop;
  return jsonb_build_object('success', true, 'expired', v_expired, 'skipped', v_skipped,
    'more', cardinality(v_jobs) = p_limit and jsonb_array_length(v_skipped) < p_limit);
end $$;
comment on function public.expire_generations(integer, integer) is 'Fails and refunds the jobs that have been pending or processing for longer, the oldest first, without asking any provider: the last resort. A video that comes all the same is delivered free. Jobs that start_generation did not begin are left to a person.';

create or replace function public.delete_generation(p_user_id uuid, p_job_id uuid)
returns jsonb language plpgsql security definer set search_path = '' as $$
declare
  v_job public.video_jobs;
begin
  select * into v_job from public.video_jobs where job_id = p_job_id and user_id = p_user_id for no key update;
  if not found then
    return jsonb_build_object('success', false, 'error', 'job_not_found', 'code', 'ERR_4007');
  elsif v_job.status in ('pending', 'processing') then
    return jsonb_build_object('success', false, 'error', 'job_not_finished', 'code', 'ERR_4014', 'job_status', v_job.status);
  end if;
  update public.video_jobs set deleted_at = now() where job_id = p_job_id and deleted_at is null;
  return jsonb_build_object('success', true, 'job_id', p_job_id, 'changed', v_job.deleted_at is null);
end $$;
comment on function public.delete_generation(uuid, uuid) is 'Hides a finished job from its user; cleanup_deleted_jobs empties it later. Another user''s job is job_not_found.';

do $$
declare
  v_name text;
begin
  foreach v_name in array array['attach_generation(uuid, text)', 'complete_generation(uuid, text, text, text)', 'fail_generation(uuid, text, text, text)',
    'expire_generations(integer, integer)', 'delete_generation(uuid, uuid)'] loop
    execute format('revoke execute on function public.%s from public, anon, authenticated, service_role', v_name);
    execute format('grant execute on function public.%s to service_role', v_name);
  end loop;
end $$;
