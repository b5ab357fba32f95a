-- Reads of jobs for operators: pages of them by what is asked for, one whole with its money, its audit and its key, and those that
-- hang. Lists are pages in the order of time; each way to look at them has an index that holds that order.

create index if not exists video_jobs_created_idx on public.video_jobs (created_at desc, job_id desc);
create index if not exists video_jobs_unfinished_idx on public.video_jobs (created_at, job_id) where status in ('pending', 'processing');
create index if not exists video_jobs_refunded_idx on public.video_jobs (created_at desc, job_id desc) where credits_refunded > 0;
create index if not exists video_jobs_deleted_list_idx on public.video_jobs (created_at desc, job_id desc) where deleted_at is not null;
create index if not exists video_jobs_delivered_free_idx on public.video_jobs (created_at desc, job_id desc)
  where delivered_late_at is not null or (status = 'completed' and refunded_unfinished_at is not null);
-- Without the id at the end, the order of a list is not theirs, and the newest jobs of a model that nobody uses any more are looked for
-- among everybody's.
do $$
declare
  v_column text;
begin
  foreach v_column in array array['model_id', 'status'] loop
    continue when exists (
      select from pg_catalog.pg_indexes i
      where i.schemaname = 'public' and i.indexname = format('video_jobs_%s_idx', replace(v_column, '_id', '')) and i.indexdef like '%job_id DESC)%');
    execute format('drop index if exists public.video_jobs_%s_idx', replace(v_column, '_id', ''));
    execute format('create index video_jobs_%s_idx on public.video_jobs (%I, created_at desc, job_id desc)', replace(v_column, '_id', ''), v_column);
  end loop;
end $$;

-- A job as lists show it. Somebody has a video that nothing is paid for: it came after the job had failed, or after a refund.
create or replace function vidops.listed_job(p_job public.video_jobs)
returns jsonb language sql stable set search_path = '' as $$
  select jsonb_build_object('job_id', p_job.job_id, 'created_at', p_job.created_at, 'completed_at', p_job.completed_at, 'status', p_job.status,
    'user_id', p_job.user_id, 'email', (select u.email from public.users u where u.id = p_job.user_id),
    'model_id', p_job.model_id, 'model_name', m.name, 'provider', m.provider, 'provider_model_id', m.provider_model_id,
    'provider_job_id', p_job.provider_job_id, 'prompt', left(p_job.prompt, 500),
    'credits_used', p_job.credits_used, 'credits_refunded', p_job.credits_refunded,
    'error_code', p_job.error_code, 'error_reason', p_job.error_reason, 'error_message', left(p_job.error_message, 500),
    'delivered_free', p_job.delivered_late_at is not null or (p_job.status = 'completed' and p_job.refunded_unfinished_at is not null),
    'delivered_late_at', p_job.delivered_late_at, 'deleted_at', p_job.deleted_at, 'purged_at', p_job.purged_at)
  from (select) one left join public.models m on m.id = p_job.model_id
$$;

-- What a list leaves out, because it may be long or is of no use there.
create or replace function vidops.whole_job(p_job public.video_jobs)
returns jsonb language sql stable set search_path = '' as $$
  select vidops.listed_job(p_job) || jsonb_build_object('prompt', p_job.prompt, 'settings', p_job.settings, 'error_message', p_job.error_message,
    'video_url', p_job.video_url, 'thumbnail_url', p_job.thumbnail_url, 'idempotency_key', p_job.idempotency_key,
    'refunded_unfinished_at', p_job.refunded_unfinished_at, 'provider_checked_at', p_job.provider_checked_at)
$$;

create or replace function public.list_jobs(
  p_status text default null, p_user_id uuid default null, p_model_id uuid default null, p_provider text default null,
  p_since timestamptz default null, p_until timestamptz default null, p_delivered_free boolean default null, p_deleted boolean default null,
  p_refunded boolean default null, p_before_created_at timestamptz default null, p_before_job_id uuid default null, p_limit integer default 50)
returns jsonb language plpgsql stable security definer set search_path = '' set jit = off as $$
declare
  -- Found before, so that the plan knows how many jobs these models have.
  v_models uuid[] := case when p_provider is not null then array(select m.id from public.models m where m.provider = p_provider) end;
  v_answer jsonb;
begin
  perform vidops.require_operator();
  if p_limit is null or p_limit not between 1 and 1000 then
    raise exception 'p_limit must be between 1 and 1000, got %', coalesce(p_limit::text, 'null') using errcode = '22023';
  elsif (p_before_created_at is null) <> (p_before_job_id is null) then
    raise exception 'p_before_created_at and p_before_job_id belong together' using errcode = '22023';
  elsif p_status not in ('pending', 'processing', 'completed', 'failed') then
    raise exception 'p_status must be pending, processing, completed or failed, got %', p_status using errcode = '22023';
  end if;
  -- Of the filters only those that are given, so that each is planned for what it asks.
  execute format($query$
    with page as materialized (
      select j as job, j.created_at, j.job_id from public.video_jobs j where %s order by j.created_at desc, j.job_id desc limit $12 + 1
    ), numbered as (select *, row_number() over (order by created_at desc, job_id desc) as number from page)
    select jsonb_build_object('success', true,
      'jobs', coalesce(jsonb_agg(vidops.listed_job(job) order by number) filter (where number <= $12), '[]'),
      'next', case when max(number) > $12 then
        (select jsonb_build_object('created_at', created_at, 'job_id', job_id) from numbered where number = $12) end)
    from numbered
    $query$, concat_ws(' and ', 'true',
      case when p_status is not null then 'j.status = $1' end, case when p_user_id is not null then 'j.user_id = $2' end,
      case when p_model_id is not null then 'j.model_id = $3' end, case when p_provider is not null then 'j.model_id = any($4)' end,
      case when p_since is not null then 'j.created_at >= $5' end, case when p_until is not null then 'j.created_at < $6' end,
      case p_delivered_free
        when true then '(j.delivered_late_at is not null or (j.status = ''completed'' and j.refunded_unfinished_at is not null))'
        when false then 'not (j.delivered_late_at is not null or (j.status = ''completed'' and j.refunded_unfinished_at is not null))' end,
      case p_deleted when true then 'j.deleted_at is not null' when false then 'j.deleted_at is null' end,
      case p_refunded when true then 'j.credits_refunded > 0' when false then 'j.credits_refunded = 0' end,
      -- The time is said twice, because the first half is what an index on it can use.
      case when p_before_job_id is not null then 'j.created_at <= $10 and (j.created_at < $10 or j.job_id < $11)' end))
  into v_answer
  using p_status, p_user_id, p_model_id, v_models, p_since, p_until, p_delivered_free, p_deleted, p_refunded, p_before_created_at, p_before_job_id, p_limit;
  return v_answer;
end $$;

create or replace function public.get_job(p_job_id uuid)
returns jsonb language plpgsql stable security definer set search_path = '' as $$
declare
  v_job public.video_jobs;
begin
  perform vidops.require_operator();
  select * into v_job from public.video_jobs j where j.job_id = p_job_id;
  if not found then
    return jsonb_build_object('success', false, 'error', 'job_not_found', 'code', 'ERR_4007');
  end if;
  return jsonb_build_object('success', true, 'job', vidops.whole_job(v_job),
    'user', (
      select jsonb_build_object('is_guest', u.is_guest, 'credits_remaining', u.credits_remaining, 'banned_at', u.banned_at,
        'handed_over_to', u.handed_over_to)
      from public.users u where u.id = v_job.user_id),
    'model', (
      select jsonb_build_object('is_available', m.is_available, 'cost_per_generation', m.cost_per_generation)
      from public.models m where m.id = v_job.model_id),
    'ledger', (
      select coalesce(jsonb_agg(jsonb_build_object('id', q.id::text, 'created_at', q.created_at, 'user_id', q.user_id, 'change', q.change,
        'balance_after', q.balance_after, 'reason', q.reason, 'admin_action_id', q.admin_action_id::text) order by q.id), '[]')
      from (select * from public.quota_log l where l.job_id = p_job_id order by l.id desc limit 100) q),
    'actions', (
      select coalesce(jsonb_agg(vidops.listed_action(a) order by a.created_at, a.id), '[]')
      from (select * from public.admin_actions b where b.target_job_id = p_job_id order by b.id desc limit 100) a),
    -- Keys are kept for a day or so; the job keeps the key itself.
    'key', (
      select jsonb_build_object('created_at', l.created_at, 'expires_at', l.expires_at, 'status_code', l.status_code)
      from public.idempotency_log l
      where l.user_id = v_job.user_id and l.idempotency_key = v_job.idempotency_key and l.job_id = p_job_id limit 1),
    'retried_as', (
      select a.details ->> 'new_job_id' from public.admin_actions a
      where a.target_job_id = p_job_id and a.action_type = 'job_retry' order by a.id desc limit 1));
end $$;

-- Whole, because who settles a job may have to look for it at the provider by what was asked for.
create or replace function public.list_stuck_jobs(
  p_older_than_seconds integer default 900, p_provider text default null, p_limit integer default 50,
  p_after_created_at timestamptz default null, p_after_job_id uuid default null)
returns jsonb language plpgsql stable security definer set search_path = '' set jit = off as $$
declare
  v_answer jsonb;
begin
  perform vidops.require_operator();
  if p_older_than_seconds is null or p_older_than_seconds < 0 then
    raise exception 'p_older_than_seconds must be a number of seconds, got %', coalesce(p_older_than_seconds::text, 'null') using errcode = '22023';
  elsif p_limit is null or p_limit not between 1 and 1000 then
    raise exception 'p_limit must be between 1 and 1000, got %', coalesce(p_limit::text, 'null') using errcode = '22023';
  elsif (p_after_created_at is null) <> (p_after_job_id is null) then
    raise exception 'p_after_created_at and p_after_job_id belong together' using errcode = '22023';
  end if;
  with page as materialized (
    select j as job, j.created_at, j.job_id from public.video_jobs j
    where j.status in ('pending', 'processing') and j.created_at < now() - make_interval(secs => p_older_than_seconds)
      and (p_after_job_id is null or j.created_at >= p_after_created_at and (j.created_at > p_after_created_at or j.job_id > p_after_job_id))
      and (p_provider is null or exists (select from public.models m where m.id = j.model_id and m.provider = p_provider))
    order by j.created_at, j.job_id limit p_limit + 1
  ), numbered as (select *, row_number() over (order by created_at, job_id) as number from page)
  select jsonb_build_object('success', true,
    'jobs', coalesce(jsonb_agg(vidops.whole_job(job) || jsonb_build_object('waiting_seconds', floor(extract(epoch from now() - created_at))::bigint)
      order by number) filter (where number <= p_limit), '[]'),
    'next', case when max(number) > p_limit then
      (select jsonb_build_object('created_at', created_at, 'job_id', job_id) from numbered where number = p_limit) end)
  into v_answer from numbered;
  return v_answer;
end $$;

comment on function public.list_jobs(text, uuid, uuid, text, timestamptz, timestamptz, boolean, boolean, boolean, timestamptz, uuid, integer) is
  'Jobs that fit all filters given, newest first, p_limit of them. p_delivered_free: whose video came after the charge was given back. '
  'next is where the following page starts: hand its two values back as p_before_created_at and p_before_job_id.';
comment on function public.get_job(uuid) is
  'One job whole, with its ledger rows and audit rows (at most the newest 100 of each), its idempotency key while that is kept, and the job that it was retried as.';
comment on function public.list_stuck_jobs(integer, text, integer, timestamptz, uuid) is
  'Jobs that are neither completed nor failed p_older_than_seconds (15 minutes) after they were ordered, the oldest first, whole. '
  'next: hand its two values back as p_after_created_at and p_after_job_id.';

revoke execute on function vidops.listed_job(public.video_jobs) from public, anon, authenticated, service_role;
revoke execute on function vidops.whole_job(public.video_jobs) from public, anon, authenticated, service_role;
do $$
declare
  v_function text;
begin
  foreach v_function in array array['list_jobs(text, uuid, uuid, text, timestamptz, timestamptz, boolean, boolean, boolean, timestamptz, uuid, integer)',
    'get_job(uuid)', 'list_stuck_jobs(integer, text, integer, timestamptz, uuid)'] loop
    execute format('revoke execute on function public.%s from public, anon', v_function);
    execute format('grant execute on function public.%s to authenticated, service_role', v_function);
  end loop;
end $$;
