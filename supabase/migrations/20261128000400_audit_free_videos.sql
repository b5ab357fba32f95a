-- The audit lists every video that somebody has for nothing: of jobs refunded before they delivered, and of jobs whose video came after
-- their failure had been refunded.

create or replace function public.audit_credits(p_user_id uuid default null, p_limit integer default 1000, p_after uuid default null)
returns jsonb language plpgsql stable security definer set search_path = '' as $$
declare
  v_rows jsonb;
  v_checked integer;
  v_last uuid;
  v_drift jsonb;
  v_free jsonb := '[]';
  v_free_count bigint := 0;
begin
  perform vidops.require_operator();
  if p_limit is null or p_limit not between 1 and 10000 then
    raise exception 'p_limit must be between 1 and 10000' using errcode = '22023';
  end if;

  with page as (
    select u.id, u.email, u.credits_remaining from public.users u
    where (p_user_id is null or u.id = p_user_id) and (p_after is null or u.id > p_after)
    order by u.id limit p_limit
  ), proof as (
    select p.id, p.email, p.credits_remaining, coalesce(l.total, 0) as ledger_sum, l.entries,
      (select q.balance_after from public.quota_log q where q.user_id = p.id order by q.id desc limit 1) as last_balance_after
    from page p
    cross join lateral (select sum(q.change) as total, count(*) as entries from public.quota_log q where q.user_id = p.id) l
  ), judged as (
    select proof.*,
      ledger_sum = credits_remaining and (entries = 0 or last_balance_after is not distinct from credits_remaining) as ok
    from proof
  )
  select count(*), (array_agg(j.id order by j.id desc))[1],
    coalesce(jsonb_agg(vidops.proof_row(j.id, j.email, j.ledger_sum, j.last_balance_after, j.credits_remaining, j.entries, j.ok) order by j.id)
      filter (where not j.ok), '[]'),
    coalesce(jsonb_agg(vidops.proof_row(j.id, j.email, j.ledger_sum, j.last_balance_after, j.credits_remaining, j.entries, j.ok))
      filter (where p_user_id is not null), '[]')
  into v_checked, v_last, v_drift, v_rows
  from judged j;

  if p_user_id is not null and v_checked = 0 then
    return jsonb_build_object('success', false, 'error', 'user_not_found', 'code', 'ERR_4007');
  end if;

  -- A job refunded before it had delivered, which then did (a late webhook): somebody has a video for nothing.
  if p_after is null then
    select count(*), coalesce(jsonb_agg(jsonb_build_object('job_id', f.job_id, 'user_id', f.user_id, 'credits_refunded', f.credits_refunded,
      'refunded_at', f.refunded_at, 'completed_at', f.delivered_at) order by f.refunded_at desc, f.job_id) filter (where f.number <= 100), '[]')
    into v_free_count, v_free
    from (
      select j.*, r.*, row_number() over (order by r.refunded_at desc, j.job_id) as number
      from public.video_jobs j
      cross join lateral (select coalesce(j.refunded_unfinished_at, j.completed_at) as refunded_at, coalesce(j.delivered_late_at, j.completed_at) as delivered_at) r
      where ((j.refunded_unfinished_at is not null and j.status = 'completed') or j.delivered_late_at is not null) and (p_user_id is null or j.user_id = p_user_id)
    ) f;
  end if;

  return jsonb_build_object('success', true, 'users_checked', v_checked, 'users_drifted', jsonb_array_length(v_drift),
    'next_after', case when p_user_id is null and v_checked = p_limit then v_last end,
    'drift', v_drift, 'user', v_rows -> 0, 'free_videos', v_free, 'free_videos_count', v_free_count);
end $$;
revoke execute on function public.audit_credits(uuid, integer, uuid) from public, anon;
grant execute on function public.audit_credits(uuid, integer, uuid) to authenticated, service_role;
