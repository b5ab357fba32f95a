-- What admins do with jobs: end one that hangs, which gives its credits back, and order one that failed once more. Both are acts like all
-- others, with an audit row; neither is undone. And the end of what users deleted: the row stays, because the ledger names it, but what
-- it says of the user goes once its files are gone.

select vidops.adopt_constraint('public.admin_actions', 'admin_actions_action_type_check',
  'check (action_type is not null and action_type in (''credit_refund'', ''credit_adjustment'', '
    '''model_disable'', ''model_enable'', ''model_price'', ''model_feature'', ''model_unfeature'', ''user_ban'', ''user_unban'', '
    '''admin_grant'', ''admin_revoke'', ''rate_limit_reset'', ''rate_limit_rule'', ''cleanup'', ''approval_threshold'', '
    '''approval_request'', ''approval_reject'', ''job_fail'', ''job_retry''))');

-- No second person is needed: it gives back what was charged for nothing, as a failure at the provider does by itself.
create or replace function public.fail_job(
  p_job_id uuid, p_reason text, p_admin_user_id uuid default null, p_dry_run boolean default false, p_run_id text default null, p_ticket text default null)
returns jsonb language plpgsql volatile security definer set search_path = '' as $$
declare
  v_act vidops.act := vidops.begin_act(p_admin_user_id, p_reason, p_ticket, p_run_id, p_dry_run);
  v_job public.video_jobs;
  v_user public.users;
  v_refund integer;
  v_rest jsonb;
  v_action_id bigint;
begin
  if v_act.dry_run then
    select * into v_job from public.video_jobs where job_id = p_job_id;
    select * into v_user from public.users where id = v_job.user_id;
  else
    select * into v_job from public.video_jobs where job_id = p_job_id for no key update;
    select * into v_user from public.users where id = v_job.user_id for no key update;
  end if;
  if v_job.job_id is null then
    return jsonb_build_object('success', false, 'error', 'job_not_found', 'code', 'ERR_4007');
  elsif v_job.status = 'completed' then
    return jsonb_build_object('success', false, 'error', 'job_completed', 'code', 'ERR_4009');
  end if;
  v_refund := case when v_job.status = 'failed' then 0 else vidops.owed_credits(v_job) end;
  v_rest := jsonb_build_object('job_id', p_job_id, 'user_id', v_user.id, 'credits_refunded', v_refund,
    'previous_balance', v_user.credits_remaining, 'new_balance', v_user.credits_remaining + v_refund,
    'before', jsonb_build_object('status', v_job.status), 'after', jsonb_build_object('status', 'failed'));
  if v_job.status <> 'failed' and not v_act.dry_run then
    -- The user may read the job's row: the operator's words stay in the audit.
    perform vidops.fail_generation(v_job, 'ERR_5001', 'failed_by_operator', 'failed by an operator');
    v_action_id := vidops.record_act(v_act, 'job_fail', v_rest, v_user.id, v_job.model_id, p_job_id, nullif(v_refund, 0));
  end if;
  return vidops.act_answer(v_act, v_action_id, v_job.status <> 'failed', null, v_rest || jsonb_build_object('email', v_user.email));
end $$;

-- The key is made of the failed job, so that one failure is ordered again once; a retry that fails is a job of its own.
create or replace function public.retry_job(
  p_job_id uuid, p_reason text, p_admin_user_id uuid default null, p_dry_run boolean default false, p_run_id text default null, p_ticket text default null,
  p_expected_credits integer default null)
returns jsonb language plpgsql volatile security definer set search_path = '' as $$
declare
  v_act vidops.act := vidops.begin_act(p_admin_user_id, p_reason, p_ticket, p_run_id, p_dry_run);
  v_job public.video_jobs;
  v_user public.users;
  v_model public.models;
  v_retry public.admin_actions;
  v_rest jsonb;
  v_started jsonb;
  v_action_id bigint;
begin
  if v_act.dry_run then
    select * into v_job from public.video_jobs where job_id = p_job_id;
    select * into v_user from public.users where id = v_job.user_id;
  else
    -- The user first, as where any generation begins: a failed job changes no more, and whose it is is read again.
    v_user := vidops.lock_generating_user((select j.user_id from public.video_jobs j where j.job_id = p_job_id));
    select * into v_job from public.video_jobs where job_id = p_job_id and user_id = v_user.id;
  end if;
  if v_job.job_id is null then
    return case when v_user.handed_over_to is null
      then jsonb_build_object('success', false, 'error', 'job_not_found', 'code', 'ERR_4007')
      else jsonb_build_object('success', false, 'error', 'account_handed_over', 'code', 'ERR_4009', 'handed_over_to', v_user.handed_over_to) end;
  end if;
  select * into v_model from public.models where id = v_job.model_id;
  v_rest := jsonb_build_object('job_id', p_job_id, 'user_id', v_user.id, 'model_id', v_model.id);

  select * into v_retry from public.admin_actions a where a.target_job_id = p_job_id and a.action_type = 'job_retry' order by a.id desc limit 1;
  if found then
    return vidops.act_answer(v_act, null, false, null, v_rest || jsonb_build_object('email', v_user.email, 'model_name', v_model.name,
      'provider', v_model.provider, 'provider_model_id', v_model.provider_model_id, 'prompt', v_job.prompt, 'settings', v_job.settings,
      'new_job_id', v_retry.details -> 'new_job_id', 'retried_by_action', v_retry.id, 'credits_used', v_retry.details -> 'credits_used',
      'previous_balance', v_user.credits_remaining, 'new_balance', v_user.credits_remaining));
  elsif v_job.status <> 'failed' then
    return jsonb_build_object('success', false, 'error', 'job_not_failed', 'code', 'ERR_4009', 'job_status', v_job.status);
  elsif vidops.owed_credits(v_job) > 0 then
    return jsonb_build_object('success', false, 'error', 'not_refunded', 'code', 'ERR_4009', 'owed_credits', vidops.owed_credits(v_job));
  elsif v_job.delivered_late_at is not null then
    return jsonb_build_object('success', false, 'error', 'job_delivered', 'code', 'ERR_4009', 'delivered_late_at', v_job.delivered_late_at);
  elsif v_job.deleted_at is not null then
    return jsonb_build_object('success', false, 'error', 'job_deleted', 'code', 'ERR_4009', 'deleted_at', v_job.deleted_at);
  elsif coalesce(v_job.prompt, '') !~ '\S' then
    return jsonb_build_object('success', false, 'error', 'order_unknown', 'code', 'ERR_4009');
  elsif v_user.banned_at is not null then
    return jsonb_build_object('success', false, 'error', 'account_banned', 'code', 'ERR_4012');
  elsif v_user.handed_over_to is not null then
    return jsonb_build_object('success', false, 'error', 'account_handed_over', 'code', 'ERR_4009', 'handed_over_to', v_user.handed_over_to);
  elsif not v_model.is_available then
    return jsonb_build_object('success', false, 'error', 'model_unavailable', 'code', 'ERR_4002', 'model_id', v_model.id);
  elsif p_expected_credits <> v_model.cost_per_generation then
    return jsonb_build_object('success', false, 'error', 'price_changed', 'code', 'ERR_4009', 'model_id', v_model.id,
      'expected_credits', p_expected_credits, 'required_credits', v_model.cost_per_generation);
  elsif v_user.credits_remaining < v_model.cost_per_generation then
    return jsonb_build_object('success', false, 'error', 'insufficient_credits', 'code', 'ERR_4001',
      'current_credits', v_user.credits_remaining, 'required_credits', v_model.cost_per_generation);
  end if;

  v_rest := v_rest || jsonb_build_object('credits_used', v_model.cost_per_generation, 'previous_balance', v_user.credits_remaining,
    'new_balance', v_user.credits_remaining - v_model.cost_per_generation);
  if not v_act.dry_run then
    v_started := vidops.begin_generation(v_user.id, v_model, v_job.prompt, v_job.settings, 'retry:' || p_job_id,
      vidops.generation_hash(v_model.id, v_job.prompt, v_job.settings));
    v_rest := v_rest || jsonb_build_object('new_job_id', v_started -> 'job_id');
    v_action_id := vidops.record_act(v_act, 'job_retry', v_rest, v_user.id, v_model.id, p_job_id);
  end if;
  return vidops.act_answer(v_act, v_action_id, true, null, jsonb_build_object('new_job_id', null, 'retried_by_action', null) || v_rest
    || jsonb_build_object('email', v_user.email, 'model_name', v_model.name, 'provider', v_model.provider,
      'provider_model_id', v_model.provider_model_id, 'prompt', v_job.prompt, 'settings', v_job.settings));
end $$;

create or replace function public.list_deleted_jobs(p_older_than_seconds integer default 2592000, p_batch_size integer default 500)
returns jsonb language plpgsql stable security definer set search_path = '' as $$
begin
  perform vidops.require_operator();
  if p_older_than_seconds is null or p_older_than_seconds < 0 then
    raise exception 'p_older_than_seconds must be a number of seconds, got %', coalesce(p_older_than_seconds::text, 'null') using errcode = '22023';
  elsif p_batch_size is null or p_batch_size not between 1 and 1000 then
    raise exception 'p_batch_size must be between 1 and 1000, got %', coalesce(p_batch_size::text, 'null') using errcode = '22023';
  end if;
  return (
    select jsonb_build_object('success', true, 'jobs', coalesce(jsonb_agg(jsonb_build_object('job_id', d.job_id, 'user_id', d.user_id, 'video_url', d.video_url)
      order by d.deleted_at, d.job_id), '[]'))
    from (
      select j.job_id, j.user_id, j.video_url, j.deleted_at from public.video_jobs j
      where j.purged_at is null and j.deleted_at < now() - make_interval(secs => p_older_than_seconds)
      order by j.deleted_at, j.job_id limit p_batch_size) d);
end $$;

-- p_jobs: of list_deleted_jobs, once their files are removed. A job that got another video meanwhile (one that came late) keeps it until
-- the next batch, as that file is still there.
create or replace function public.cleanup_deleted_jobs(
  p_jobs jsonb default null, p_older_than_seconds integer default 2592000, p_dry_run boolean default false,
  p_admin_user_id uuid default null, p_run_id text default null, p_reason text default null, p_ticket text default null)
returns jsonb language plpgsql volatile security definer set search_path = '' as $$
declare
  v_act vidops.act := vidops.begin_cleanup(p_admin_user_id, p_run_id, p_reason, p_ticket, p_dry_run);
  v_cutoff timestamptz := now() - make_interval(secs => p_older_than_seconds);
  v_count bigint := 0;
begin
  if p_older_than_seconds is null or p_older_than_seconds < 0 then
    raise exception 'p_older_than_seconds must be a number of seconds, got %', coalesce(p_older_than_seconds::text, 'null') using errcode = '22023';
  elsif v_act.dry_run then
    select count(*) into v_count from public.video_jobs j where j.purged_at is null and j.deleted_at < v_cutoff;
    return jsonb_build_object('success', true, 'deleted', 0, 'would_delete', v_count, 'more', v_count > 0, 'cutoff', v_cutoff, 'action_id', null);
  elsif p_jobs is null or jsonb_typeof(p_jobs) <> 'array' or jsonb_array_length(p_jobs) > 1000 then
    raise exception 'p_jobs must be an array of at most 1000 jobs, as list_deleted_jobs lists them' using errcode = '22023';
  end if;
  perform from public.video_jobs j
  where j.job_id in (select l.job_id from jsonb_to_recordset(p_jobs) l(job_id uuid)) order by j.job_id for no key update;
  update public.video_jobs j
  set prompt = '', settings = '{}', video_url = null, thumbnail_url = null, error_message = null, purged_at = now()
  from jsonb_to_recordset(p_jobs) l(job_id uuid, video_url text)
  where j.job_id = l.job_id and j.purged_at is null and j.deleted_at < v_cutoff and j.video_url is not distinct from l.video_url;
  get diagnostics v_count = row_count;
  return vidops.record_cleanup(v_act, 'deleted_jobs', jsonb_build_object('success', true, 'deleted', v_count, 'would_delete', null,
    'more', exists (select from public.video_jobs j where j.purged_at is null and j.deleted_at < v_cutoff), 'cutoff', v_cutoff));
end $$;

comment on function public.fail_job(uuid, text, uuid, boolean, text, text) is
  'Ends a pending or processing job as failed and gives back what is left of its charge, once, with its audit row. A failed one: changed false. A completed one: job_completed. Ask the provider first.';
comment on function public.retry_job(uuid, text, uuid, boolean, text, text, integer) is
  'Orders a failed job once more for its user, at today''s price and without limits, with its audit row: charges, and makes the new job, which has to be sent to the provider then (attach_generation, fail_generation). '
  'One that was retried before: changed false, with that new_job_id. p_expected_credits: the price that was seen.';
comment on function public.list_deleted_jobs(integer, integer) is
  'Jobs that their users deleted more than p_older_than_seconds (30 days) ago and that cleanup_deleted_jobs has not emptied, the oldest first: their files go before.';
comment on function public.cleanup_deleted_jobs(jsonb, integer, boolean, uuid, text, text, text) is
  'Empties the rows of deleted jobs whose files are gone: prompt, settings, URLs and the provider''s words. p_jobs as list_deleted_jobs lists them. With an audit row; says whether more are left.';

do $$
declare
  v_function text;
begin
  foreach v_function in array array['fail_job(uuid, text, uuid, boolean, text, text)', 'retry_job(uuid, text, uuid, boolean, text, text, integer)',
    'list_deleted_jobs(integer, integer)', 'cleanup_deleted_jobs(jsonb, integer, boolean, uuid, text, text, text)'] loop
    execute format('revoke execute on function public.%s from public, anon', v_function);
    execute format('grant execute on function public.%s to authenticated, service_role', v_function);
  end loop;
end $$;
