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
    -- What the operator said of the ban; users.ban_reason is what the user may read.
    'ban', case when v_user.banned_at is not null then (
      select jsonb_build_object('action_id', a.id::text, 'reason', a.reason, 'ticket', a.ticket, 'admin_user_id', a.admin_user_id,
        'admin_email', (select u.email from public.users u where u.id = a.admin_user_id))
      from public.admin_actions a where a.target_user_id = p_user_id and a.action_type = 'user_ban' order by a.created_at desc, a.id desc limit 1) end,
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

-- What users do by day (UTC). A ledger is never altered, so a day that is over is counted once and kept: reading a month of ten
-- million rows again for each look would be felt by everybody else.
create index if not exists quota_log_created_idx on public.quota_log using brin (created_at) with (pages_per_range = 32, autosummarize = on);

create table if not exists vidops.user_days (
  day date primary key,
  generations bigint not null,
  failures bigint not null,
  unfinished bigint not null,
  spent bigint not null,
  refunded bigint not null,
  purchased bigint not null,
  granted bigint not null,
  adjusted bigint not null,
  active_users bigint not null,
  active_sample bigint[] not null,
  counted_at timestamptz not null default clock_timestamp()
);
alter table vidops.user_days enable row level security;
revoke all on vidops.user_days from public, anon, authenticated, service_role;
comment on table vidops.user_days is 'user_stats'' counts of days that are over, made when they are first asked for. active_sample: the 1,024 smallest hashes of active users, which tell how many '
  'there were in several days. May be emptied, e.g. after older rows were imported.';

-- The counts of the days from p_first to p_last, of one user or of all.
create or replace function vidops.count_user_days(p_first date, p_last date, p_user_id uuid)
returns setof vidops.user_days language plpgsql stable set search_path = '' set work_mem = '64MB' set jit = off as $$
declare
  v_from timestamptz := p_first::timestamp at time zone 'UTC';
  v_until timestamptz := (p_last + 1)::timestamp at time zone 'UTC';
begin
  return query execute format($query$
    with people as (
      select (q.created_at at time zone 'UTC')::date as day, q.user_id,
        sum(-q.change) filter (where q.change < 0 and q.admin_action_id is null) as spent,
        sum(q.change) filter (where q.change > 0 and q.transaction_id is null and q.reason like '%%refund%%') as refunded,
        sum(q.change) filter (where q.change > 0 and q.transaction_id is not null) as purchased,
        sum(q.change) filter (where q.change > 0 and q.transaction_id is null and q.reason not like '%%refund%%' and q.admin_action_id is null) as granted,
        sum(q.change) filter (where q.admin_action_id is not null and (q.change < 0 or q.reason not like '%%refund%%')) as adjusted
      from public.quota_log q
      where q.created_at >= $1 and q.created_at < $2 and %1$s and q.reason <> 'opening_balance' group by 1, 2
    ), ledger as (
      select p.day, sum(p.spent) as spent, sum(p.refunded) as refunded, sum(p.purchased) as purchased, sum(p.granted) as granted, sum(p.adjusted) as adjusted,
        count(*) filter (where p.spent > 0) as active_users,
        (array_agg(uuid_hash_extended(p.user_id, 0) order by uuid_hash_extended(p.user_id, 0)) filter (where p.spent > 0))[1:1024] as active_sample
      from people p group by 1
    ), jobs as (%2$s)
    select d.day::date, coalesce(j.generations, 0), coalesce(j.failures, 0), coalesce(j.unfinished, 0), coalesce(l.spent, 0)::bigint, coalesce(l.refunded, 0)::bigint,
      coalesce(l.purchased, 0)::bigint, coalesce(l.granted, 0)::bigint, coalesce(l.adjusted, 0)::bigint, coalesce(l.active_users, 0), coalesce(l.active_sample, '{}'), clock_timestamp()
    from generate_series($3::timestamp, $4::timestamp, interval '1 day') d(day)
    left join ledger l on l.day = d.day left join jobs j on j.day = d.day
    $query$, case when p_user_id is null then 'true' else 'q.user_id = $5' end,
    -- Of all users from the index of status and time alone, day by day; of one from the user's own jobs.
    case when p_user_id is null then
      $jobs$select d.day::date as day, sum(c.jobs)::bigint as generations, coalesce(sum(c.jobs) filter (where s.status = 'failed'), 0)::bigint as failures,
        coalesce(sum(c.jobs) filter (where s.status in ('pending', 'processing')), 0)::bigint as unfinished
      from generate_series($3::timestamp, $4::timestamp, interval '1 day') d(day)
      cross join unnest(array['pending', 'processing', 'completed', 'failed']) s(status)
      cross join lateral (
        select count(*) as jobs from public.video_jobs v
        where v.status = s.status and v.created_at >= d.day at time zone 'UTC' and v.created_at < (d.day + interval '1 day') at time zone 'UTC'
      ) c group by 1$jobs$
    else
      $jobs$select (v.created_at at time zone 'UTC')::date as day, count(*) as generations, count(*) filter (where v.status = 'failed') as failures,
        count(*) filter (where v.status in ('pending', 'processing')) as unfinished
      from public.video_jobs v where v.user_id = $5 and v.created_at >= $1 and v.created_at < $2 group by 1$jobs$ end)
  using v_from, v_until, p_first, p_last, p_user_id;
end $$;
revoke execute on function vidops.count_user_days(date, date, uuid) from public, anon, authenticated, service_role;

-- How many different users the samples are of: exact while each holds all; else told from how close together the smallest hashes are.
create or replace function vidops.estimate_users(p_hashes bigint[])
returns bigint language sql immutable set search_path = '' as $$
  select case when count(*) < 1024 then count(*) else round(1023 / ((max(h) + 9223372036854775808) / 18446744073709551616))::bigint end
  from (select distinct h::numeric from unnest(p_hashes) h order by 1 limit 1024) smallest;
$$;
revoke execute on function vidops.estimate_users(bigint[]) from public, anon, authenticated, service_role;

-- Not stable: it keeps what it counted.
create or replace function public.user_stats(p_since timestamptz, p_until timestamptz default null, p_user_id uuid default null)
returns jsonb language plpgsql volatile security definer set search_path = '' set jit = off as $$
declare
  v_end timestamptz := least(coalesce(p_until, now()), now());
  v_first date;
  v_last date;
  v_before date;
  -- A transaction may write rows of the time when it began: an hour after its end, a day is over.
  v_over date := ((now() - interval '1 hour') at time zone 'UTC')::date - 1;
  v_started timestamptz := clock_timestamp();
  v_day date;
  v_missing integer := 0;
  v_answer jsonb;
begin
  perform vidops.require_operator();
  if p_since is null or not isfinite(p_since) or not isfinite(coalesce(p_until, now())) then
    raise exception 'p_since and p_until must be times' using errcode = '22023';
  elsif p_since > now() then
    raise exception 'p_since is in the future' using errcode = '22023';
  elsif p_since >= v_end then
    raise exception 'p_since must be before p_until' using errcode = '22023';
  elsif p_since < v_end - interval '92 days' then
    raise exception 'p_since must be at most 92 days before p_until' using errcode = '22023';
  elsif p_user_id is not null and not exists (select from public.users u where u.id = p_user_id) then
    return jsonb_build_object('success', false, 'error', 'user_not_found', 'code', 'ERR_4007');
  end if;
  v_first := (p_since at time zone 'UTC')::date;
  v_last := ((v_end - interval '1 microsecond') at time zone 'UTC')::date;
  v_before := v_first - (v_last - v_first + 1);

  if p_user_id is null then
    -- Jobs that were unfinished when their day was counted have ended since: such a day is counted again, until it is a week old.
    for v_day in
      select d.day::date from generate_series(v_before::timestamp, least(v_last, v_over)::timestamp, interval '1 day') d(day)
      left join vidops.user_days k on k.day = d.day
      where k.day is null or (k.unfinished > 0 and k.counted_at < k.day + 7 and k.counted_at < now() - interval '10 minutes')
      order by d.day desc
    loop
      -- A part of the work each call, so that no call runs into a timeout.
      if clock_timestamp() > v_started + interval '1500 milliseconds' then
        v_missing := v_missing + 1;
      else
        insert into vidops.user_days select * from vidops.count_user_days(v_day, v_day, null)
        on conflict (day) do update set (generations, failures, unfinished, counted_at) = (excluded.generations, excluded.failures, excluded.unfinished, excluded.counted_at);
      end if;
    end loop;
    if v_missing > 0 then
      return jsonb_build_object('success', true, 'days_to_count', v_missing);
    end if;
  end if;

  with days as materialized (
    select k.*, k.day >= v_first as asked from vidops.user_days k where p_user_id is null and k.day between v_before and least(v_last, v_over)
    union all
    select c.*, c.day >= v_first from vidops.count_user_days(case when p_user_id is null then greatest(v_before, v_over + 1) else v_before end, v_last, p_user_id) c
    where p_user_id is not null or v_last > v_over
  ), sums as (
    select d.asked, sum(d.generations) as generations, sum(d.failures) as failures, sum(d.spent) as spent, sum(d.refunded) as refunded, sum(d.purchased) as purchased,
      sum(d.granted) as granted, sum(d.adjusted) as adjusted,
      vidops.estimate_users((select array_agg(h) from days o cross join unnest(o.active_sample) h where o.asked = d.asked)) as active_users
    from days d group by 1
  )
  select jsonb_build_object('success', true, 'days_to_count', 0, 'since', v_first::timestamp at time zone 'UTC', 'until', v_end,
    'previous_since', v_before::timestamp at time zone 'UTC',
    'totals', (select to_jsonb(s) - 'asked' from sums s where s.asked), 'previous', (select to_jsonb(s) - 'asked' from sums s where not s.asked),
    'days', (select jsonb_agg(to_jsonb(d) - '{active_sample, unfinished, counted_at, asked}'::text[] order by d.day) from days d where d.asked))
  into v_answer;
  return v_answer;
end $$;

comment on function public.user_stats(timestamptz, timestamptz, uuid) is
  'What users, or one of them, did by day (UTC) since the day of p_since, at most 92 days back: generations started and those that failed, credits spent, refunded, purchased (store transactions), granted and adjusted by admins (undos too), '
  'users who spent; with totals, and those of as many days before. Totals of active users above 1,023 are estimates, to some 3 %. Of all users, days that are over are counted once and kept: '
  'while days_to_count is not 0 there are no figures yet; call it again.';
revoke execute on function public.user_stats(timestamptz, timestamptz, uuid) from public, anon;
grant execute on function public.user_stats(timestamptz, timestamptz, uuid) to authenticated, service_role;
