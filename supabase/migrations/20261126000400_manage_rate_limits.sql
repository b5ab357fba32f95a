-- What ops do with limits: look, forget what one client was counted for, and change a rule. Each change has its audit row.

do $$
begin
  -- A later migration allows more: applied again, this one must not take that back.
  if to_regclass('vidops.admin_action_chain') is null then
    perform vidops.adopt_constraint('public.admin_actions', 'admin_actions_action_type_check',
      'check (action_type is not null and action_type in (''credit_refund'', ''credit_adjustment'', ''model_disable'', ''model_enable'', '
      '''user_ban'', ''user_unban'', ''rate_limit_reset'', ''rate_limit_rule''))');
  end if;
end $$;

-- What limits count for one subject under an action just now, each by the limit it was judged last.
create or replace function vidops.counted_rate_limits(p_action text, p_subject text)
returns setof vidops.rate_limit language plpgsql stable set search_path = '' as $$
begin
  return query
    select case when s.subject = 'global' then 'global_' else 'per_' || split_part(s.subject, ':', 1) || '_' end || s.window_seconds,
      split_part(s.subject, ':', 1), s.subject::text, s.max_requests, s.window_seconds
    from vidops.rate_limit_state s
    where s.subject = p_subject and s.action = p_action and s.times[cardinality(s.times)] + make_interval(secs => s.window_seconds) > clock_timestamp()
    order by s.window_seconds;
end $$;

-- The answers of limits as they stand, by plain reads.
create or replace function vidops.rate_limit_answers(p_action text, p_limits vidops.rate_limit[], p_cost integer)
returns jsonb language plpgsql stable set search_path = '' as $$
declare
  v_states vidops.rate_limit_state[] := vidops.read_rate_limits(p_action, coalesce(p_limits, '{}'));
  v_now timestamptz := clock_timestamp();
  v_answers jsonb := '[]';
begin
  for i in 1 .. coalesce(cardinality(p_limits), 0) loop
    v_answers := v_answers || vidops.rate_limit_answer(p_limits[i], v_states[i].times, v_states[i].totals, p_cost, v_now);
  end loop;
  return v_answers;
end $$;

create or replace function public.peek_rate_limits(
  p_action text, p_ip text default null, p_user_id uuid default null, p_limits jsonb default null, p_cost integer default 1)
returns jsonb language plpgsql stable security definer set search_path = '' as $$
declare
  v_ip text := vidops.rate_limit_address(p_ip);
  v_limits vidops.rate_limit[];
  v_limit vidops.rate_limit;
begin
  perform vidops.require_operator();
  if p_limits is not null then
    v_limits := vidops.rate_limits_of(p_action, v_ip, p_user_id, p_limits, p_cost);
  else
    perform vidops.require_rate_limit(p_action, 1000000000, 1, p_cost);
    v_limits := vidops.rate_limit_rules_of(p_action, v_ip, p_user_id, false);
    foreach v_limit in array coalesce(v_limits, '{}') loop
      perform vidops.require_rate_limit(p_action, v_limit.max_requests, v_limit.window_seconds, p_cost);
    end loop;
    -- Besides, the limits that the app's own code sets.
    v_limits := v_limits || array(
      select row(c.*)::vidops.rate_limit
      from unnest(array['global', 'ip:' || v_ip, 'user:' || p_user_id]) s(subject)
      cross join lateral vidops.counted_rate_limits(p_action, s.subject) c
      where p_cost <= c.max_requests and not exists (select from unnest(v_limits) l where l.subject = c.subject and l.window_seconds = c.window_seconds));
  end if;
  return jsonb_build_object('success', true, 'limits', vidops.rate_limit_answers(p_action, v_limits, p_cost));
end $$;

-- For the app itself, e.g. when somebody has solved a captcha. What an operator does goes through reset_rate_limits.
create or replace function public.forget_rate_limits(p_action text, p_limits jsonb, p_ip text default null, p_user_id uuid default null)
returns jsonb language plpgsql volatile security definer set search_path = '' as $$
declare
  v_limit vidops.rate_limit;
  v_changed boolean := false;
begin
  if p_limits is null then
    raise exception 'p_limits is required' using errcode = '22023';
  end if;
  -- One by one, in the order in which checks lock them.
  foreach v_limit in array vidops.rate_limits_of(p_action, vidops.rate_limit_address(p_ip), p_user_id, p_limits, 1) loop
    delete from vidops.rate_limit_state s
    where s.subject = v_limit.subject and s.action = p_action and s.window_seconds = v_limit.window_seconds;
    v_changed := v_changed or found;
  end loop;
  return jsonb_build_object('success', true, 'changed', v_changed);
end $$;

create or replace function public.reset_rate_limits(
  p_action text, p_per text, p_subject text, p_reason text, p_admin_user_id uuid default null, p_dry_run boolean default false, p_run_id text default null)
returns jsonb language plpgsql volatile security definer set search_path = '' as $$
declare
  v_admin uuid := vidops.acting_admin(p_admin_user_id);
  v_reason text := btrim(p_reason, E' \t\r\n');
  v_user_id uuid;
  v_subject text;
  v_cleared jsonb;
  v_action_id bigint;
begin
  perform vidops.require_rate_limit(p_action, 1, 1, 1);
  if v_reason is null or v_reason !~ '\S' or char_length(v_reason) > 500 then
    raise exception 'p_reason must have 1 to 500 characters' using errcode = '22023';
  elsif char_length(p_run_id) > 100 then
    raise exception 'p_run_id must have at most 100 characters' using errcode = '22023';
  elsif (p_per = 'global') <> (p_subject is null) then
    raise exception 'p_subject names an address, a user or a key; for global it is null' using errcode = '22023';
  elsif p_per = 'user' then
    if not pg_catalog.pg_input_is_valid(p_subject, 'uuid') then
      raise exception 'p_subject must be the id of a user' using errcode = '22023';
    end if;
    v_user_id := p_subject::uuid;
  end if;
  v_subject := vidops.rate_limit_subject(p_per, case when p_per = 'ip' then vidops.rate_limit_address(p_subject) end, v_user_id, p_subject);

  v_cleared := vidops.rate_limit_answers(p_action, array(select row(c.*)::vidops.rate_limit from vidops.counted_rate_limits(p_action, v_subject) c), 1);
  if not coalesce(p_dry_run, false) then
    -- In the order in which checks lock them.
    perform from vidops.rate_limit_state s where s.subject = v_subject and s.action = p_action order by s.window_seconds for update;
    delete from vidops.rate_limit_state s where s.subject = v_subject and s.action = p_action;
    if v_cleared <> '[]' then
      insert into public.admin_actions (admin_user_id, action_type, target_user_id, reason, details, run_id)
      values (v_admin, 'rate_limit_reset', (select u.id from public.users u where u.id = v_user_id), v_reason,
        jsonb_build_object('action', p_action, 'per', p_per, 'subject', p_subject, 'cleared', v_cleared), p_run_id)
      returning id into v_action_id;
    end if;
  end if;
  return jsonb_build_object('success', true, 'action_id', v_action_id, 'cleared', v_cleared, 'dry_run', coalesce(p_dry_run, false));
end $$;

-- The rules of an action as answers tell them.
create or replace function vidops.rate_limit_rules_json(p_action text)
returns jsonb language plpgsql stable set search_path = '' as $$
begin
  return (
    select coalesce(jsonb_agg(jsonb_build_object('action', r.action, 'per', r.per, 'tier', r.tier, 'window_seconds', r.window_seconds,
      'max_requests', r.max_requests, 'updated_at', r.updated_at) order by r.per collate "C", r.tier collate "C", r.window_seconds), '[]')
    from public.rate_limit_rules r where r.action = p_action);
end $$;

create or replace function public.set_rate_limit_rule(
  p_action text, p_per text, p_tier text, p_window_seconds integer, p_max_requests integer, p_reason text,
  p_admin_user_id uuid default null, p_dry_run boolean default false, p_run_id text default null)
returns jsonb language plpgsql volatile security definer set search_path = '' as $$
declare
  v_admin uuid := vidops.acting_admin(p_admin_user_id);
  v_reason text := btrim(p_reason, E' \t\r\n');
  v_before integer;
  v_rules jsonb;
  v_action_id bigint;
begin
  perform vidops.require_rate_limit(p_action, coalesce(p_max_requests, 1), p_window_seconds, 1);
  if v_reason is null or v_reason !~ '\S' or char_length(v_reason) > 500 then
    raise exception 'p_reason must have 1 to 500 characters' using errcode = '22023';
  elsif char_length(p_run_id) > 100 then
    raise exception 'p_run_id must have at most 100 characters' using errcode = '22023';
  elsif p_per is null or p_per not in ('ip', 'user', 'global') then
    raise exception 'p_per must be ip, user or global, got %', coalesce(p_per, 'null') using errcode = '22023';
  elsif p_tier is null or p_tier not in ('any', 'free', 'premium') then
    raise exception 'p_tier must be any, free or premium, got %', coalesce(p_tier, 'null') using errcode = '22023';
  elsif p_per = 'global' and p_tier <> 'any' then
    raise exception 'a global limit counts everybody: p_tier must be any' using errcode = '22023';
  end if;

  -- Two who change rules at once take turns; who only reads them is not held up.
  lock table public.rate_limit_rules in share row exclusive mode;
  select r.max_requests into v_before from public.rate_limit_rules r
  where r.action = p_action and r.per = p_per and r.tier = p_tier and r.window_seconds = p_window_seconds;
  if v_before is distinct from p_max_requests and not coalesce(p_dry_run, false) then
    if p_max_requests is null then
      delete from public.rate_limit_rules r
      where r.action = p_action and r.per = p_per and r.tier = p_tier and r.window_seconds = p_window_seconds;
    else
      insert into public.rate_limit_rules (action, per, tier, window_seconds, max_requests, updated_by)
      values (p_action, p_per, p_tier, p_window_seconds, p_max_requests, v_admin)
      on conflict (action, per, tier, window_seconds) do update set max_requests = excluded.max_requests, updated_by = excluded.updated_by, updated_at = now();
    end if;
    insert into public.admin_actions (admin_user_id, action_type, reason, details, run_id)
    values (v_admin, 'rate_limit_rule', v_reason, jsonb_build_object('action', p_action, 'per', p_per, 'tier', p_tier,
      'window_seconds', p_window_seconds, 'before', v_before, 'after', p_max_requests), p_run_id)
    returning id into v_action_id;
  end if;
  return jsonb_build_object('success', true, 'changed', v_before is distinct from p_max_requests, 'action_id', v_action_id,
    'before', v_before, 'after', p_max_requests, 'rules', vidops.rate_limit_rules_json(p_action), 'dry_run', coalesce(p_dry_run, false));
end $$;

comment on function public.peek_rate_limits(text, text, uuid, jsonb, integer) is
  'How limits stand for an address, a user or both, and counts nothing: those given, or the action''s rules and what else was counted under it.';
comment on function public.forget_rate_limits(text, jsonb, text, uuid) is 'Forgets what was counted under some limits of an address, user or key. For the app; operators use reset_rate_limits.';
comment on function public.reset_rate_limits(text, text, text, text, uuid, boolean, text) is
  'Forgets what was counted for one subject under an action, with an audit row when there was anything. p_per: ip, user, key or global (p_subject null).';
comment on function public.set_rate_limit_rule(text, text, text, integer, integer, text, uuid, boolean, text) is
  'Sets how many requests an action may have in a window, per ip, user or globally, for a tier or any; null takes the rule away. With an audit row when it changes anything.';

revoke execute on function vidops.counted_rate_limits(text, text) from public, anon, authenticated, service_role;
revoke execute on function vidops.rate_limit_answers(text, vidops.rate_limit[], integer) from public, anon, authenticated, service_role;
revoke execute on function vidops.rate_limit_rules_json(text) from public, anon, authenticated, service_role;
revoke execute on function public.peek_rate_limits(text, text, uuid, jsonb, integer) from public, anon;
revoke execute on function public.forget_rate_limits(text, jsonb, text, uuid) from public, anon, authenticated;
revoke execute on function public.reset_rate_limits(text, text, text, text, uuid, boolean, text) from public, anon;
revoke execute on function public.set_rate_limit_rule(text, text, text, integer, integer, text, uuid, boolean, text) from public, anon;
grant execute on function public.peek_rate_limits(text, text, uuid, jsonb, integer) to authenticated, service_role;
grant execute on function public.forget_rate_limits(text, jsonb, text, uuid) to service_role;
grant execute on function public.reset_rate_limits(text, text, text, text, uuid, boolean, text) to authenticated, service_role;
grant execute on function public.set_rate_limit_rule(text, text, text, integer, integer, text, uuid, boolean, text) to authenticated, service_role;
