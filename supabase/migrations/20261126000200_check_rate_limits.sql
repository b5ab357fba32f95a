-- The judgement. What is full refuses by a plain read: no lock, nothing written, so that a client who hammers costs little. Else the
-- rows are locked in one order, judged again by the clock as it is once all of them are held, and all are written or none.

-- How a limit stands at an instant, for a request of so many. The database's clock alone counts, so times are told as durations too.
create or replace function vidops.rate_limit_answer(p_limit vidops.rate_limit, p_times timestamptz[], p_totals bigint[], p_cost integer, p_now timestamptz)
returns jsonb language plpgsql immutable set search_path = '' as $$
declare
  v_window interval := make_interval(secs => p_limit.window_seconds);
  v_last integer := cardinality(p_times);
  -- A clock that was set back finds none that is gone: the first one never counts.
  v_gone integer := greatest(width_bucket(p_now - v_window, p_times), 1);
  v_fits integer := width_bucket(p_totals[v_last] + p_cost - p_limit.max_requests - 1, p_totals) + 1;
  v_wait double precision := 0;
  v_reset_at timestamptz := p_now;
begin
  if v_fits > v_gone then
    v_wait := date_part('epoch', p_times[v_fits] + v_window - p_now);
  end if;
  if v_last > v_gone then
    v_reset_at := p_times[v_last] + v_window;
  end if;
  return jsonb_build_object('name', p_limit.name, 'per', p_limit.per, 'subject', nullif(substr(p_limit.subject, length(p_limit.per) + 2), ''),
    'limit', p_limit.max_requests, 'window_seconds', p_limit.window_seconds,
    'remaining', greatest(p_limit.max_requests - (p_totals[v_last] - p_totals[v_gone]), 0), 'allowed', v_fits <= v_gone,
    'retry_after_ms', ceil(v_wait * 1000)::bigint, 'reset_at', v_reset_at, 'reset_after_ms', ceil(date_part('epoch', v_reset_at - p_now) * 1000)::bigint);
end $$;

-- What the log keeps: each connection's first twenty decisions of a second as they are, and of the others one in a hundred, which
-- says that it stands for a hundred. What is counted already, as denials that a client of ours answered by itself, is always kept.
create or replace function vidops.log_rate_limit(
  p_ip text, p_action text, p_user_id uuid, p_allowed boolean, p_at timestamptz, p_requests integer, p_limit_name text)
returns void language plpgsql volatile set search_path = '' as $$
declare
  -- A hundred times the second, and how many were kept in it: one number in the connection's memory.
  v_second bigint := date_part('epoch', p_at)::bigint * 100;
  v_kept bigint := greatest(nullif(current_setting('vidops.rate_limit_log', true), '')::bigint, v_second) + 1;
  v_sampled boolean := p_requests = 1 and v_kept > v_second + 20;
  v_user_id uuid;
begin
  if not v_sampled then
    perform set_config('vidops.rate_limit_log', least(v_kept, v_second + 20)::text, false);
  elsif random() >= 0.01 then
    return;
  end if;
  -- A user who is not there, or is being deleted just now, is left out: nothing is waited for.
  if p_user_id is not null then
    select u.id into v_user_id from public.users u where u.id = p_user_id for key share skip locked;
  end if;
  insert into public.rate_limit_log (ip_address, action, user_id, allowed, created_at, requests, limit_name)
  values (nullif(p_ip, 'unknown')::inet, p_action, v_user_id,
    p_allowed, p_at, case when v_sampled then 100 else p_requests end, p_limit_name);
end $$;

-- When one more request fits, if none is added before.
create or replace function vidops.rate_limit_free_at(p_times timestamptz[], p_totals bigint[], p_max integer, p_window interval)
returns timestamptz language plpgsql immutable set search_path = '' as $$
begin
  return p_times[width_bucket(p_totals[cardinality(p_totals)] - p_max, p_totals) + 1] + p_window;
end $$;

-- The answer to a request that is refused, and its line in the log under the first limit that refuses.
create or replace function vidops.rate_limit_denial(
  p_action text, p_limits vidops.rate_limit[], p_states vidops.rate_limit_state[], p_cost integer, p_now timestamptz, p_ip text, p_user_id uuid, p_requests integer)
returns jsonb language plpgsql volatile set search_path = '' as $$
declare
  v_answers jsonb := '[]';
begin
  for i in 1 .. cardinality(p_limits) loop
    v_answers := v_answers || vidops.rate_limit_answer(p_limits[i], p_states[i].times, p_states[i].totals, p_cost, p_now);
  end loop;
  perform vidops.log_rate_limit(p_ip, p_action, p_user_id, false, p_now, p_requests,
    jsonb_path_query_first(v_answers, '$[*] ? (@.allowed == false).name') #>> '{}');
  return jsonb_build_object('success', true, 'allowed', false, 'limits', v_answers, 'reservation', null);
end $$;

-- Judges and counts under locks; the caller has looked before. p_limits as vidops.rate_limits_of orders them.
create or replace function vidops.take_rate_limits(
  p_action text, p_limits vidops.rate_limit[], p_cost integer, p_ip text, p_user_id uuid, p_reserve boolean)
returns jsonb language plpgsql volatile set search_path = '' as $$
declare
  v_limit vidops.rate_limit;
  v_state vidops.rate_limit_state;
  v_states vidops.rate_limit_state[];
  v_now timestamptz;
  v_window interval;
  v_gone integer;
  v_last integer;
  v_time timestamptz;
  v_taken timestamptz[];
  v_expires_at timestamptz;
  v_answers jsonb := '[]';
  v_reservation uuid;
begin
  for i in 1 .. cardinality(p_limits) loop
    v_limit := p_limits[i];
    loop
      select * into v_state from vidops.rate_limit_state s
      where s.subject = v_limit.subject and s.action = p_action and s.window_seconds = v_limit.window_seconds for no key update;
      exit when found;
      insert into vidops.rate_limit_state (subject, action, window_seconds, max_requests, expires_at)
      values (v_limit.subject, p_action, v_limit.window_seconds, v_limit.max_requests, clock_timestamp() + make_interval(secs => v_limit.window_seconds))
      on conflict do nothing;
    end loop;
    v_states[i] := v_state;
  end loop;

  v_now := clock_timestamp();
  for i in 1 .. cardinality(p_limits) loop
    v_limit := p_limits[i];
    v_state := v_states[i];
    v_gone := greatest(width_bucket(v_now - make_interval(secs => v_limit.window_seconds), v_state.times), 1);
    if v_state.totals[v_gone] < v_state.totals[cardinality(v_state.totals)] + p_cost - v_limit.max_requests then
      return vidops.rate_limit_denial(p_action, p_limits, v_states, p_cost, v_now, p_ip, p_user_id, 1);
    end if;
  end loop;

  for i in 1 .. cardinality(p_limits) loop
    v_limit := p_limits[i];
    v_state := v_states[i];
    v_window := make_interval(secs => v_limit.window_seconds);
    v_gone := greatest(width_bucket(v_now - v_window, v_state.times), 1);
    v_last := cardinality(v_state.times);
    -- The clock may have been set back.
    v_time := greatest(case when v_limit.max_requests > 100 then date_bin(v_window / 100, v_now, 'epoch') + v_window / 100 else v_now end, v_state.times[v_last]);
    if v_time = v_state.times[v_last] then
      v_state.totals[v_last] := v_state.totals[v_last] + p_cost;
    else
      v_state.times := v_state.times || v_time;
      v_state.totals := v_state.totals || v_state.totals[v_last] + p_cost;
    end if;
    v_state.times := v_state.times[v_gone:];
    v_state.totals := v_state.totals[v_gone:];
    update vidops.rate_limit_state s
    set times = v_state.times, totals = v_state.totals, max_requests = v_limit.max_requests,
      free_at = vidops.rate_limit_free_at(v_state.times, v_state.totals, v_limit.max_requests, v_window),
      expires_at = case when s.expires_at >= v_time + v_window then s.expires_at else v_time + v_window + greatest(v_window / 4, interval '1 hour') end
    where s.subject = v_limit.subject and s.action = p_action and s.window_seconds = v_limit.window_seconds;
    v_taken[i] := v_time;
    v_expires_at := greatest(v_expires_at, v_time + v_window);
    v_answers := v_answers || (vidops.rate_limit_answer(v_limit, v_state.times, v_state.totals, p_cost, v_now) || '{"allowed": true}');
  end loop;

  if p_reserve then
    insert into vidops.rate_limit_reservations (action, subjects, windows, times, amount, expires_at)
    select p_action, array_agg(l.subject order by l.place), array_agg(l.window_seconds order by l.place), v_taken, p_cost, v_expires_at
    from unnest(p_limits) with ordinality l(name, per, subject, max_requests, window_seconds, place)
    returning id into v_reservation;
  end if;
  perform vidops.log_rate_limit(p_ip, p_action, p_user_id, true, v_now, 1, null);
  return jsonb_build_object('success', true, 'allowed', true, 'limits', v_answers, 'reservation', v_reservation);
end $$;

-- The rows of limits as they are, read without a lock; of one that nobody met yet, an empty one.
create or replace function vidops.read_rate_limits(p_action text, p_limits vidops.rate_limit[])
returns vidops.rate_limit_state[] language plpgsql stable set search_path = '' as $$
declare
  v_limit vidops.rate_limit;
  v_state vidops.rate_limit_state;
  v_states vidops.rate_limit_state[];
begin
  foreach v_limit in array p_limits loop
    select * into v_state from vidops.rate_limit_state s
    where s.subject = v_limit.subject and s.action = p_action and s.window_seconds = v_limit.window_seconds;
    if not found then
      v_state.times := '{-infinity}';
      v_state.totals := '{0}';
    end if;
    v_states := v_states || v_state;
  end loop;
  return v_states;
end $$;

create or replace function public.check_rate_limits(
  p_action text, p_ip text default null, p_user_id uuid default null, p_limits jsonb default null, p_cost integer default 1,
  p_reserve boolean default false, p_unlogged_denials integer default 0, p_wait_for_disk boolean default true)
returns jsonb language plpgsql volatile security definer set search_path = '' as $$
declare
  v_ip text := vidops.rate_limit_address(p_ip);
  v_limits vidops.rate_limit[];
  v_states vidops.rate_limit_state[];
  v_now timestamptz;
  v_gone integer;
begin
  if p_unlogged_denials is null or p_unlogged_denials not between 0 and 1000000000 then
    raise exception 'p_unlogged_denials must be between 0 and 1000000000' using errcode = '22023';
  end if;
  if p_limits is null and p_user_id is null and exists (select from public.rate_limit_rules r where r.action = p_action and r.per = 'user') then
    return jsonb_build_object('success', false, 'error', 'rate_limit_needs_user', 'code', 'ERR_4005', 'action', p_action);
  end if;
  v_limits := vidops.rate_limits_of(p_action, v_ip, p_user_id, p_limits, p_cost);
  if v_limits is null then
    return jsonb_build_object('success', false, 'error', 'no_rate_limit_rule', 'code', 'ERR_6003', 'action', p_action);
  elsif not p_wait_for_disk then
    perform set_config('synchronous_commit', 'off', true), set_config('lock_timeout', '1s', true);
  end if;

  v_states := vidops.read_rate_limits(p_action, v_limits);
  v_now := clock_timestamp();
  for i in 1 .. cardinality(v_limits) loop
    v_gone := greatest(width_bucket(v_now - make_interval(secs => v_limits[i].window_seconds), v_states[i].times), 1);
    if v_states[i].totals[v_gone] < v_states[i].totals[cardinality(v_states[i].totals)] + p_cost - v_limits[i].max_requests then
      return vidops.rate_limit_denial(p_action, v_limits, v_states, p_cost, v_now, v_ip, p_user_id, 1 + p_unlogged_denials);
    end if;
  end loop;

  if p_unlogged_denials > 0 then
    perform vidops.log_rate_limit(v_ip, p_action, p_user_id, false, v_now, p_unlogged_denials, null);
  end if;
  return vidops.take_rate_limits(p_action, v_limits, p_cost, v_ip, p_user_id, coalesce(p_reserve, false));
end $$;

-- One limit of one subject, the most frequent question: the same judgement in few statements and few words. What a transaction runs
-- for the first time has to be set up, and that takes longer than all that is computed here.
create or replace function public.check_rate_limit(
  p_ip text, p_action text, p_max integer, p_window_seconds integer, p_user_id uuid default null, p_cost integer default 1,
  p_wait_for_disk boolean default true)
returns jsonb language plpgsql volatile security definer set search_path = '' as $$
declare
  -- An IPv4 address as it is usually written; null when it is another, or when anything is wrong.
  v_subject text := case
    when p_max between 1 and 1000000000 and p_window_seconds between 1 and 31622400 and p_cost between 1 and p_max
      and btrim(p_action, E' \t\n\r\f\x0b') <> '' and char_length(p_action) <= 100 and translate(left(p_ip, 16), '.0123456789', '') = '' then
      case when p_ip = host(left(p_ip, 16)::inet) then 'ip:' || p_ip end end;
  v_window interval := make_interval(secs => p_window_seconds);
  v_now timestamptz := clock_timestamp();
  v_limit vidops.rate_limit;
  v_state vidops.rate_limit_state;
  v_first boolean;
  v_answer jsonb;
begin
  if v_subject is null then
    perform vidops.require_rate_limit(p_action, p_max, p_window_seconds, p_cost);
    v_subject := coalesce('ip:' || vidops.rate_limit_address(p_ip), 'user:' || p_user_id);
    if v_subject is null then
      raise exception 'name p_ip or p_user_id' using errcode = '22023', hint = 'Of an unknown address say ''unknown'': all of them share one bucket.';
    end if;
  end if;

  -- Who hammers gets the answer that the row holds.
  select jsonb_build_object('success', true, 'allowed', false, 'limit', p_max, 'remaining', 0,
    'retry_after', ceil(date_part('epoch', s.free_at - v_now))::integer, 'retry_after_ms', ceil(date_part('epoch', s.free_at - v_now) * 1000)::bigint,
    'reset_at', s.times[cardinality(s.times)] + v_window, 'reset_after_ms', ceil(date_part('epoch', s.times[cardinality(s.times)] + v_window - v_now) * 1000)::bigint)
  into v_answer from vidops.rate_limit_state s
  where s.subject = v_subject and s.action = p_action and s.window_seconds = p_window_seconds
    and p_cost = 1 and s.max_requests = p_max and s.free_at > v_now;
  if found then
    -- Most denials of a flood are not for the log: log_rate_limit says which are.
    v_first := coalesce(nullif(current_setting('vidops.rate_limit_log', true), '')::bigint, 0) < date_part('epoch', v_now)::bigint * 100 + 20;
    if v_first or random() < 0.01 then
      perform set_config('synchronous_commit', case when p_wait_for_disk then current_setting('synchronous_commit') else 'off' end, true);
      perform vidops.log_rate_limit(substring(v_subject from '^ip:(.*)'), p_action, p_user_id, false, v_now,
        case when v_first then 1 else 100 end, 'per_' || split_part(v_subject, ':', 1));
    end if;
    return v_answer;
  end if;

  if not p_wait_for_disk then
    perform set_config('synchronous_commit', 'off', true), set_config('lock_timeout', '1s', true);
  end if;
  loop
    -- The row is locked first, then its times are looked at. One that was not there is written empty, and met again.
    insert into vidops.rate_limit_state as s (subject, action, window_seconds, max_requests, expires_at)
    values (v_subject, p_action, p_window_seconds, p_max, v_now + v_window + greatest(v_window / 4, interval '1 hour'))
    on conflict (subject, action, window_seconds) do update
    set (times, totals, free_at, max_requests, expires_at) = (
      select u.times, u.totals, u.times[width_bucket(u.totals[cardinality(u.totals)] - p_max, u.totals) + 1] + v_window,
        p_max, case when s.expires_at >= u.time + v_window then s.expires_at else excluded.expires_at end
      from (
        select t.time, case when t.time = t.last then s.times[t.gone:] else s.times[t.gone:] || t.time end as times,
          case when t.time = t.last then s.totals[t.gone:cardinality(s.totals) - 1] else s.totals[t.gone:] end || s.totals[cardinality(s.totals)] + p_cost as totals
        from (
          select greatest(width_bucket(c.now - v_window, s.times), 1) as gone, s.times[cardinality(s.times)] as last,
            greatest(case when p_max > 100 then date_bin(v_window / 100, c.now, 'epoch') + v_window / 100 else c.now end, s.times[cardinality(s.times)]) as time
          from (select clock_timestamp() as now offset 0) c offset 0) t offset 0) u)
    where s.totals[greatest(width_bucket(clock_timestamp() - v_window, s.times), 1)] >= s.totals[cardinality(s.totals)] + p_cost - p_max
    returning case when cardinality(s.times) > 1 then jsonb_build_object('success', true, 'allowed', true, 'limit', p_max,
      'remaining', p_max - (s.totals[cardinality(s.totals)] - s.totals[1]), 'retry_after', 0,
      'retry_after_ms', greatest(ceil(date_part('epoch', s.free_at - clock_timestamp()) * 1000), 0)::bigint, 'reset_at', s.times[cardinality(s.times)] + v_window,
      'reset_after_ms', ceil(date_part('epoch', s.times[cardinality(s.times)] + v_window - clock_timestamp()) * 1000)::bigint) end
    into v_answer;
    if v_answer is not null then
      perform vidops.log_rate_limit(substring(v_subject from '^ip:(.*)'), p_action, p_user_id, true, v_now, 1, null);
      return v_answer;
    end if;
    -- Full for a request of this cost, unless it was written just now, or somebody has taken the row away.
    v_now := clock_timestamp();
    select * into v_state from vidops.rate_limit_state s
    where s.subject = v_subject and s.action = p_action and s.window_seconds = p_window_seconds;
    if found then
      v_limit := row('per_' || split_part(v_subject, ':', 1), split_part(v_subject, ':', 1), v_subject, p_max, p_window_seconds);
      v_answer := vidops.rate_limit_answer(v_limit, v_state.times, v_state.totals, p_cost, v_now);
      if not (v_answer -> 'allowed')::boolean then
        perform vidops.log_rate_limit(substring(v_subject from '^ip:(.*)'), p_action, p_user_id, false, v_now, 1, v_limit.name);
        return v_answer - '{name,per,subject,window_seconds}'::text[]
          || jsonb_build_object('success', true, 'retry_after', ceil((v_answer ->> 'retry_after_ms')::numeric / 1000)::integer);
      end if;
    end if;
  end loop;
end $$;

comment on function public.check_rate_limits(text, text, uuid, jsonb, integer, boolean, integer, boolean) is
  'Judges all limits of a request in one step and counts it, or refuses and counts nothing. p_limits: [{name, per: ip|user|global|key, key, max_requests, window_seconds}]; '
  'null: the rules of the action (rate_limit_rules) for the user''s tier. p_ip ''unknown'': the one bucket of unknown addresses. p_reserve: the slot can be given back (release_rate_limit). '
  'p_wait_for_disk false, for a transaction that does nothing else: it commits without waiting, and a crash of the database may forget what was counted in the last 0.6 seconds; '
  'nor does it wait more than a second for a row that somebody holds (55P03).';
comment on function public.check_rate_limit(text, text, integer, integer, uuid, integer, boolean) is
  'Judges one limit of an address (of a user when p_ip is null): p_max requests in any p_window_seconds; counts the request, or refuses it and says when it fits; after an admission retry_after_ms is the wait of one more. p_wait_for_disk as in check_rate_limits.';

revoke execute on function vidops.rate_limit_answer(vidops.rate_limit, timestamptz[], bigint[], integer, timestamptz) from public, anon, authenticated, service_role;
revoke execute on function vidops.log_rate_limit(text, text, uuid, boolean, timestamptz, integer, text) from public, anon, authenticated, service_role;
revoke execute on function vidops.rate_limit_free_at(timestamptz[], bigint[], integer, interval) from public, anon, authenticated, service_role;
revoke execute on function vidops.rate_limit_denial(text, vidops.rate_limit[], vidops.rate_limit_state[], integer, timestamptz, text, uuid, integer) from public, anon, authenticated, service_role;
revoke execute on function vidops.take_rate_limits(text, vidops.rate_limit[], integer, text, uuid, boolean) from public, anon, authenticated, service_role;
revoke execute on function vidops.read_rate_limits(text, vidops.rate_limit[]) from public, anon, authenticated, service_role;
revoke execute on function public.check_rate_limits(text, text, uuid, jsonb, integer, boolean, integer, boolean) from public, anon, authenticated;
revoke execute on function public.check_rate_limit(text, text, integer, integer, uuid, integer, boolean) from public, anon, authenticated;
grant execute on function public.check_rate_limits(text, text, uuid, jsonb, integer, boolean, integer, boolean) to service_role;
grant execute on function public.check_rate_limit(text, text, integer, integer, uuid, integer, boolean) to service_role;
