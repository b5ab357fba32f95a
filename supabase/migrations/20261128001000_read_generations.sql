-- What a user sees of their own generations: one, and the history a page at a time. Reading one may also claim the question to the
-- provider, so that many who poll one job make one question. The user's language comes along, for the message of a failure.

create or replace function vidops.generation_json(p_job public.video_jobs, p_model public.models)
returns jsonb language sql immutable set search_path = '' as $$
  select jsonb_build_object('job_id', p_job.job_id, 'user_id', p_job.user_id, 'model_id', p_job.model_id, 'model_name', p_model.name,
    'provider', p_model.provider, 'provider_model_id', p_model.provider_model_id, 'provider_job_id', p_job.provider_job_id,
    'prompt', p_job.prompt, 'settings', p_job.settings, 'status', p_job.status, 'video_url', p_job.video_url,
    'thumbnail_url', p_job.thumbnail_url, 'credits_used', p_job.credits_used, 'credits_refunded', p_job.credits_refunded,
    'error_code', p_job.error_code, 'error_reason', p_job.error_reason, 'delivered_late_at', p_job.delivered_late_at,
    'created_at', p_job.created_at, 'completed_at', p_job.completed_at, 'deleted_at', p_job.deleted_at);
$$;
revoke execute on function vidops.generation_json(public.video_jobs, public.models) from public, anon, authenticated, service_role;

create or replace function public.get_generation(p_user_id uuid, p_job_id uuid, p_check_after_ms integer default null)
returns jsonb language plpgsql security definer set search_path = '' as $$
declare
  v_job public.video_jobs;
  v_model public.models;
  v_ask boolean := false;
begin
  if p_user_id is null or p_job_id is null then
    raise exception '% is required', case when p_user_id is null then 'p_user_id' else 'p_job_id' end using errcode = '22023';
  elsif p_check_after_ms not between 0 and 86400000 then
    raise exception 'p_check_after_ms must be between 0 and 86400000' using errcode = '22023';
  end if;
  select * into v_job from public.video_jobs where job_id = p_job_id and user_id = p_user_id and deleted_at is null;
  if not found then
    return jsonb_build_object('success', false, 'error', 'job_not_found', 'code', 'ERR_4007');
  end if;
  if p_check_after_ms is not null and v_job.status in ('pending', 'processing') and v_job.provider_job_id is not null
    and coalesce(v_job.provider_checked_at <= clock_timestamp() - make_interval(secs => p_check_after_ms / 1000.0), true)
  then
    -- Who waited here for the one before finds the time that he wrote.
    update public.video_jobs set provider_checked_at = clock_timestamp()
    where job_id = p_job_id and status in ('pending', 'processing')
      and coalesce(provider_checked_at <= clock_timestamp() - make_interval(secs => p_check_after_ms / 1000.0), true);
    v_ask := found;
  end if;
  select * into v_model from public.models where id = v_job.model_id;
  return jsonb_build_object('success', true, 'job', vidops.generation_json(v_job, v_model), 'ask_provider', v_ask,
    'language', (select u.language from public.users u where u.id = p_user_id));
end $$;
comment on function public.get_generation(uuid, uuid, integer) is 'One generation of a user; another user''s and a deleted one is job_not_found. With p_check_after_ms, ask_provider is true for one caller in each such time, who then asks the provider how the job stands.';

create or replace function public.list_generations(
  p_user_id uuid, p_limit integer default 20, p_before_created_at timestamptz default null, p_before_job_id uuid default null,
  p_status text default null
) returns jsonb language plpgsql stable security definer set search_path = '' set jit = off set plan_cache_mode = force_custom_plan as $$
declare
  v_answer jsonb;
begin
  if p_user_id is null then
    raise exception 'p_user_id is required' using errcode = '22023';
  elsif p_limit is null or p_limit not between 1 and 100 then
    raise exception 'p_limit must be between 1 and 100, got %', coalesce(p_limit::text, 'null') using errcode = '22023';
  elsif (p_before_created_at is null) <> (p_before_job_id is null) then
    raise exception 'p_before_created_at and p_before_job_id belong together' using errcode = '22023';
  elsif p_status not in ('pending', 'processing', 'completed', 'failed') then
    raise exception 'p_status must be pending, processing, completed or failed' using errcode = '22023';
  end if;
  -- The index of a user's jobs is walked from the cursor on; one row more than the page tells whether there is another. For a state
  -- that few jobs have the plan is another one, so each call has its own.
  with page as materialized (
    select j as job, row_number() over (order by j.created_at desc, j.job_id desc) as number
    from public.video_jobs j
    where j.user_id = p_user_id and j.deleted_at is null and (p_status is null or j.status = p_status)
      and (j.created_at, j.job_id) < (coalesce(p_before_created_at, 'infinity'), coalesce(p_before_job_id, 'ffffffff-ffff-ffff-ffff-ffffffffffff'))
    order by j.created_at desc, j.job_id desc limit p_limit + 1
  )
  select jsonb_build_object('success', true, 'has_more', count(*) > p_limit,
    'jobs', coalesce(jsonb_agg(vidops.generation_json(p.job, m) order by p.number) filter (where p.number <= p_limit), '[]'),
    'language', (select u.language from public.users u where u.id = p_user_id))
  into v_answer
  from page p left join public.models m on m.id = (p.job).model_id;
  return v_answer;
end $$;
comment on function public.list_generations(uuid, integer, timestamptz, uuid, text) is 'A user''s generations, newest first, without the deleted ones. The next page starts before created_at and job_id of the last one.';

do $$
declare
  v_name text;
begin
  foreach v_name in array array['get_generation(uuid, uuid, integer)', 'list_generations(uuid, integer, timestamptz, uuid, text)'] loop
    execute format('revoke execute on function public.%s from public, anon, authenticated, service_role', v_name);
    execute format('grant execute on function public.%s to service_role', v_name);
  end loop;
end $$;
