-- The log of limits for ops: who is refused most, each beside the time before, and pages of the log itself. Both begin with an
-- index, so that a long log of admissions does not slow a look at the refusals.

-- Every row costs one more index entry only where it helps: refusals are few but in a flood, of which the log keeps samples.
create index if not exists rate_limit_log_denied_idx on public.rate_limit_log (created_at) where not allowed;
create index if not exists rate_limit_log_user_idx on public.rate_limit_log (user_id, created_at) where user_id is not null;

create or replace function public.top_rate_limits(
  p_by text, p_since timestamptz, p_until timestamptz default null, p_action text default null, p_limit integer default 20)
returns jsonb language plpgsql stable security definer set search_path = '' set work_mem = '32MB' set jit = off as $$
declare
  v_until timestamptz := coalesce(p_until, now());
  v_previous timestamptz;
  v_slot_seconds numeric;
  v_key text := case p_by when 'ip' then 'l.ip_address' when 'user' then 'l.user_id' when 'action' then 'l.action' when 'limit' then 'l.limit_name' end;
  v_answer jsonb;
begin
  perform vidops.require_operator();
  if v_key is null then
    raise exception 'p_by must be ip, user, action or limit, got %', coalesce(p_by, 'null') using errcode = '22023';
  elsif p_limit is null or p_limit not between 1 and 100 then
    raise exception 'p_limit must be between 1 and 100, got %', coalesce(p_limit::text, 'null') using errcode = '22023';
  elsif p_since is null or not isfinite(p_since) or not isfinite(v_until) then
    raise exception 'p_since and p_until must be times' using errcode = '22023';
  elsif p_since > now() then
    raise exception 'p_since is in the future' using errcode = '22023';
  elsif p_since >= v_until then
    raise exception 'p_since must be before p_until' using errcode = '22023';
  elsif p_since < v_until - interval '400 days' then
    raise exception 'p_since must be at most 400 days before p_until' using errcode = '22023';
  end if;
  v_previous := p_since - (v_until - p_since);
  v_slot_seconds := extract(epoch from v_until - p_since) / 24;

  -- A limit is one of an action; by anything else, the action is left out. Slot 0 is the time before.
  execute format($query$
    with counts as materialized (
      select %1$s as key, %2$s as action, max(l.created_at) as last_at, sum(l.requests) as amount,
        case when l.created_at >= $1 then greatest(24 - floor(extract(epoch from $2 - l.created_at) / $4)::integer, 1) else 0 end as slot
      from public.rate_limit_log l
      where not l.allowed and l.created_at >= $3 and l.created_at < $2 and ($5 is null or l.action = $5)
      group by 1, 2, 5
    ), groups as (
      select key, action, coalesce(sum(amount) filter (where slot > 0), 0) as denied, coalesce(sum(amount) filter (where slot = 0), 0) as previous_denied,
        array_agg(slot) as slots, array_agg(amount) as amounts, max(last_at) as last_at
      from counts group by key, action
    ), top as (
      select *, row_number() over (order by denied desc, previous_denied desc, key, action) as place from groups
      order by denied desc, previous_denied desc, key, action limit $6
    ), allowed as (
      select %1$s as key, sum(l.requests) as amount from public.rate_limit_log l
      where l.allowed and l.created_at >= $1 and l.created_at < $2 and ($5 is null or l.action = $5) and %1$s in (select key from top)
      group by 1
      union all
      select null, sum(l.requests) from public.rate_limit_log l
      where l.allowed and l.created_at >= $1 and l.created_at < $2 and ($5 is null or l.action = $5) and %1$s is null and exists (select from top where key is null)
    )
    select jsonb_build_object('total', (select coalesce(sum(denied), 0) from groups), 'previous_total', (select coalesce(sum(previous_denied), 0) from groups),
      'groups', coalesce(jsonb_agg(jsonb_build_object('key', t.key, 'action', %3$s, 'email', %4$s, 'denied', t.denied, 'previous_denied', t.previous_denied,
        'allowed', %5$s, 'last_at', t.last_at,
        'slots', (select jsonb_agg(coalesce(t.amounts[array_position(t.slots, s)], 0) order by s) from generate_series(1, 24) s)) order by t.place), '[]'))
    from top t
    $query$, v_key, case when p_by = 'limit' then 'l.action' else 'null::text' end, case when p_by = 'action' then 't.key' else 't.action' end,
    case when p_by = 'user' then '(select u.email from public.users u where u.id = t.key)' else 'null' end,
    -- What is admitted was so by all limits at once.
    case when p_by = 'limit' then 'null' else '(select coalesce(sum(a.amount), 0) from allowed a where a.key is not distinct from t.key)' end)
  into v_answer
  using p_since, v_until, v_previous, v_slot_seconds, p_action, p_limit;
  return v_answer || jsonb_build_object('success', true, 'by', p_by, 'since', p_since, 'until', v_until, 'previous_since', v_previous,
    'slot_seconds', round(v_slot_seconds, 3), 'logged_since', (select min(l.created_at) from public.rate_limit_log l));
end $$;

create or replace function public.list_rate_limit_log(
  p_ip text default null, p_user_id uuid default null, p_action text default null, p_allowed boolean default null,
  p_since timestamptz default null, p_until timestamptz default null,
  p_before_created_at timestamptz default null, p_before_id bigint default null, p_limit integer default 50)
returns jsonb language plpgsql stable security definer set search_path = '' as $$
declare
  v_ip text := vidops.rate_limit_address(p_ip);
  v_answer jsonb;
begin
  perform vidops.require_operator();
  if p_limit is null or p_limit not between 1 and 1000 then
    raise exception 'p_limit must be between 1 and 1000, got %', coalesce(p_limit::text, 'null') using errcode = '22023';
  elsif (p_before_created_at is null) <> (p_before_id is null) then
    raise exception 'p_before_created_at and p_before_id belong together' using errcode = '22023';
  end if;
  -- Of the filters only those that are given, so that each is planned for what it asks.
  execute format($query$
    with page as materialized (
      select * from public.rate_limit_log l where %s order by l.created_at desc, l.id desc limit $9 + 1
    ), numbered as (select *, row_number() over (order by created_at desc, id desc) as number from page)
    select jsonb_build_object('success', true,
      'entries', coalesce(jsonb_agg(jsonb_build_object(
        'id', id::text, 'created_at', created_at, 'ip', ip_address, 'user_id', user_id, 'action', action, 'allowed', allowed,
        'requests', requests, 'limit_name', limit_name) order by number) filter (where number <= $9), '[]'),
      'next', case when max(number) > $9 then
        (select jsonb_build_object('created_at', created_at, 'id', id::text) from numbered where number = $9) end)
    from numbered
    $query$, concat_ws(' and ', 'true',
      case when v_ip = 'unknown' then 'l.ip_address is null' when v_ip is not null then 'l.ip_address = $1' end,
      case when p_user_id is not null then 'l.user_id = $2' end, case when p_action is not null then 'l.action = $3' end,
      case p_allowed when true then 'l.allowed' when false then 'not l.allowed' end,
      case when p_since is not null then 'l.created_at >= $5' end, case when p_until is not null then 'l.created_at < $6' end,
      -- The time is said twice, because the first half is what an index on it can use.
      case when p_before_id is not null then 'l.created_at <= $7 and (l.created_at < $7 or l.id < $8)' end))
  into v_answer
  using nullif(v_ip, 'unknown')::inet, p_user_id, p_action, p_allowed, p_since, p_until, p_before_created_at, p_before_id, p_limit;
  return v_answer;
end $$;

comment on function public.top_rate_limits(text, timestamptz, timestamptz, text, integer) is
  'Who was refused most since p_since, by ip (an IPv6 network), user, action or limit: denied, denied in the equally long time before, allowed (not by limit), denied in each 24th of the time oldest first, last time. '
  'A key that is null: requests without address, user or known limit. logged_since: when the log begins.';
comment on function public.list_rate_limit_log(text, uuid, text, boolean, timestamptz, timestamptz, timestamptz, bigint, integer) is
  'Rows of the log of limits that fit all filters given, newest first, p_limit of them; requests: how many a row stands for. p_ip ''unknown'': those without address. '
  'next is where the following page starts: hand its two values back as p_before_created_at and p_before_id.';
revoke execute on function public.top_rate_limits(text, timestamptz, timestamptz, text, integer) from public, anon;
revoke execute on function public.list_rate_limit_log(text, uuid, text, boolean, timestamptz, timestamptz, timestamptz, bigint, integer) from public, anon;
grant execute on function public.top_rate_limits(text, timestamptz, timestamptz, text, integer) to authenticated, service_role;
grant execute on function public.list_rate_limit_log(text, uuid, text, boolean, timestamptz, timestamptz, timestamptz, bigint, integer) to authenticated, service_role;
