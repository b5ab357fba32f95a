-- A user as support sees one, in one request, and what users do by day. Of somebody with very many jobs and ledger rows the newest
-- are looked at, and the answer says so: what a look costs does not grow with the user.

-- The proof of a ledger, newest rows first: their changes add up from the balance before them to the one there is. Whole when
-- there are no others; otherwise what is older is for audit_credits.
create or replace function vidops.recent_proof(p_user_id uuid, p_balance integer, p_rows integer)
returns jsonb language sql stable set search_path = '' as $$
  with recent as materialized (
    select q.id, q.change, q.balance_after, q.created_at from public.quota_log q where q.user_id = p_user_id order by q.id desc limit p_rows + 1
  ), looked_at as (select *, row_number() over (order by id desc) as number from recent)
  select jsonb_build_object(
    'entries', count(*) filter (where number <= p_rows), 'whole', count(*) <= p_rows, 'since', min(created_at) filter (where number <= p_rows),
    'last_balance_after', (array_agg(balance_after order by number))[1],
    'ok', coalesce((array_agg(balance_after order by number))[1], 0) = p_balance
      and coalesce(sum(change) filter (where number <= p_rows), 0) + coalesce(max(balance_after) filter (where number > p_rows), 0) = p_balance)
  from looked_at;
$$;
revoke execute on function vidops.recent_proof(uuid, integer, integer) from public, anon, authenticated, service_role;

-- How limits stand for a user: by the rules that count per user or everybody together, and by what the app's code counted.
create or replace function vidops.limits_of_user(p_user_id uuid)
returns jsonb language sql stable set search_path = '' as $$
  select coalesce(jsonb_agg(jsonb_build_object('action', a.action, 'limits', public.peek_rate_limits(a.action, null, p_user_id) -> 'limits') order by a.action), '[]')
  from (
    select r.action from public.rate_limit_rules r where r.per in ('user', 'global')
    union select s.action from vidops.rate_limit_state s where s.subject = 'user:' || p_user_id
    order by 1 limit 20
  ) a;
$$;
revoke execute on function vidops.limits_of_user(uuid) from public, anon, authenticated, service_role;

create or replace function public.get_user_overview(p_user_id uuid, p_rows integer default 10)
returns jsonb language plpgsql stable security definer set search_path = '' set jit = off as $$
declare
  -- Rows read of each kind at most: scattered over a large table, each is a page of it.
  c_looked_at constant integer := 1000;
  v_user public.users;
begin
  perform vidops.require_operator();
  if p_user_id is null then
    raise exception 'p_user_id is required' using errcode = '22023';
  elsif p_rows is null or p_rows not between 1 and 50 then
    raise exception 'p_rows must be between 1 and 50, got %', coalesce(p_rows::text, 'null') using errcode = '22023';
  end if;
  select * into v_user from public.users u where u.id = p_user_id;
  if not found then
    return jsonb_build_object('success', false, 'error', 'user_not_found', 'code', 'ERR_4007');
  end if;

  return jsonb_build_object('success', true,
    'user', jsonb_build_object('id', v_user.id, 'email', v_user.email, 'device_id', v_user.device_id, 'apple_sub', v_user.apple_sub is not null,
      'is_guest', v_user.is_guest, 'tier', v_user.tier, 'credits_remaining', v_user.credits_remaining, 'credits_total', v_user.credits_total,
      'language', v_user.language, 'is_admin', v_user.is_admin, 'banned_at', v_user.banned_at, 'ban_reason', v_user.ban_reason,
      'created_at', v_user.created_at, 'updated_at', v_user.updated_at),
    'proof', vidops.recent_proof(p_user_id, v_user.credits_remaining, c_looked_at),
    'ledger', (
      select coalesce(jsonb_agg(jsonb_build_object('id', q.id::text, 'created_at', q.created_at, 'change', q.change, 'balance_after', q.balance_after,
        'reason', q.reason, 'job_id', q.job_id, 'transaction_id', q.transaction_id) order by q.id desc), '[]')
      from (select * from public.quota_log l where l.user_id = p_user_id order by l.id desc limit p_rows) q),
    'jobs', (
      with recent as materialized (
        select j.*, row_number() over (order by j.created_at desc, j.job_id desc) as number from public.video_jobs j
        where j.user_id = p_user_id order by j.created_at desc, j.job_id desc limit c_looked_at + 1
      )
      select jsonb_build_object('counted', count(*) filter (where r.number <= c_looked_at), 'whole', count(*) <= c_looked_at,
        'since', min(r.created_at) filter (where r.number <= c_looked_at),
        'by_status', jsonb_build_object('pending', count(*) filter (where r.status = 'pending' and r.number <= c_looked_at),
          'processing', count(*) filter (where r.status = 'processing' and r.number <= c_looked_at),
          'completed', count(*) filter (where r.status = 'completed' and r.number <= c_looked_at),
          'failed', count(*) filter (where r.status = 'failed' and r.number <= c_looked_at)),
        'latest', coalesce(jsonb_agg(jsonb_build_object('job_id', r.job_id, 'created_at', r.created_at, 'completed_at', r.completed_at, 'status', r.status,
          'model_id', r.model_id, 'model_name', (select m.name from public.models m where m.id = r.model_id), 'prompt', left(r.prompt, 500),
          'credits_used', r.credits_used, 'credits_refunded', r.credits_refunded, 'error_message', left(r.error_message, 500)) order by r.number)
          filter (where r.number <= p_rows), '[]'))
      from recent r),
    'actions', (
      with recent as materialized (
        select a as action, a.id, a.action_type, a.amount, row_number() over (order by a.created_at desc, a.id desc) as number from public.admin_actions a
        where a.target_user_id = p_user_id order by a.created_at desc limit c_looked_at + 1
      ), refunds as (
        select r.amount from recent r where r.action_type = 'credit_refund' and r.number <= c_looked_at
          and not exists (select from public.admin_actions u where u.undoes = r.id)
      )
      select jsonb_build_object('counted', count(*) filter (where r.number <= c_looked_at), 'whole', count(*) <= c_looked_at,
        'refunds', (select jsonb_build_object('count', count(*), 'credits', coalesce(sum(f.amount), 0)) from refunds f),
        'latest', coalesce(jsonb_agg(vidops.listed_action(r.action) order by r.number) filter (where r.number <= p_rows), '[]'))
      from recent r),
    'approvals', (
      select coalesce(jsonb_agg(jsonb_build_object('id', p.id::text, 'action_type', p.action_type, 'amount', p.amount, 'expires_at', p.expires_at) order by p.id desc), '[]')
      from (
        select * from public.admin_approvals w where w.status = 'pending' and w.expires_at > now() and w.target_user_id = p_user_id order by w.id desc limit p_rows
      ) p),
    'limits', vidops.limits_of_user(p_user_id),
    'errors', (
      select coalesce(jsonb_agg(jsonb_build_object('id', e.id::text, 'created_at', e.created_at, 'error_code', e.error_code, 'endpoint', e.endpoint,
        'request_id', e.request_id, 'summary', vidops.error_summary(e.error_details)) order by e.created_at desc, e.id desc), '[]')
      from (select * from public.error_log l where l.user_id = p_user_id order by l.created_at desc, l.id desc limit p_rows) e));
end $$;

comment on function public.get_user_overview(uuid, integer) is
  'A user as support sees one: profile and ban, the ledger''s proof and newest rows, jobs by status and the newest, what admins did, requests that wait for approval, limits as they stand, the newest errors; '
  'p_rows of each. Of proof, jobs and actions the newest 1,000 are looked at: whole says whether these are all. Error: user_not_found.';
revoke execute on function public.get_user_overview(uuid, integer) from public, anon;
grant execute on function public.get_user_overview(uuid, integer) to authenticated, service_role;
