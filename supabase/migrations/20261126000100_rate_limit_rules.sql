-- Limits as data: what an action may be done how often, by tier, so that ops can change it without a deploy.

do $$
begin
  if to_regclass('public.rate_limit_rules') is null then
    create table public.rate_limit_rules (
      action text not null check (action ~ '\S' and char_length(action) <= 100),
      per text not null check (per in ('ip', 'user', 'global')),
      tier text not null check (tier in ('any', 'free', 'premium')),
      window_seconds integer not null check (window_seconds between 1 and 31622400),
      max_requests integer not null check (max_requests between 1 and 1000000000),
      updated_at timestamptz not null default now(),
      updated_by uuid references public.users (id),
      primary key (action, per, tier, window_seconds),
      constraint rate_limit_rules_global_check check (per <> 'global' or tier = 'any')
    );
    -- What the product starts with. Only here, so that applying this again brings nothing back that ops took out.
    insert into public.rate_limit_rules (action, per, tier, window_seconds, max_requests)
    values ('video_generation', 'ip', 'free', 3600, 10), ('video_generation', 'ip', 'premium', 3600, 10);
  end if;
end $$;
comment on table public.rate_limit_rules is 'Limits that check_rate_limits applies to an action: max_requests in any window_seconds. A tier''s own rules stand in for those of ''any''.';

alter table public.rate_limit_rules enable row level security;
revoke all on public.rate_limit_rules from public, anon, authenticated, service_role;
grant select on public.rate_limit_rules to authenticated, service_role;
drop policy if exists rate_limit_rules_select_admin on public.rate_limit_rules;
create policy rate_limit_rules_select_admin on public.rate_limit_rules for select to authenticated using ((select vidops.is_admin()));

do $$
begin
  if to_regtype('vidops.rate_limit') is null then
    create type vidops.rate_limit as (name text, per text, subject text, max_requests integer, window_seconds integer);
  end if;
end $$;
comment on type vidops.rate_limit is 'One limit to be judged. subject: ip:…, user:…, key:… or global.';

-- The bucket of an address: an IPv4 address, or the network of an IPv6 one, which is what one customer has. ''unknown'' is the one
-- bucket of all who have no known address.
create or replace function vidops.rate_limit_address(p_ip text)
returns text language plpgsql immutable strict set search_path = '' as $$
declare
  v_ip inet;
begin
  if p_ip = 'unknown' then
    return p_ip;
  elsif not pg_catalog.pg_input_is_valid(p_ip, 'inet') then
    raise exception 'p_ip must be an IP address' using errcode = '22023', hint = 'Take it from a header that only your own proxy can write.';
  end if;
  v_ip := p_ip::inet;
  if v_ip <<= '::ffff:0:0/96' and masklen(v_ip) = 128 then
    v_ip := '0.0.0.0'::inet + (v_ip - '::ffff:0:0'::inet);
  elsif v_ip <<= '64:ff9b::/96' and masklen(v_ip) = 128 then
    v_ip := '0.0.0.0'::inet + (v_ip - '64:ff9b::'::inet);
  end if;
  if family(v_ip) = 4 and masklen(v_ip) = 32 then
    return host(v_ip);
  elsif family(v_ip) = 4 or masklen(v_ip) < 32 or v_ip <<= '::ffff:0:0/96' or v_ip <<= '64:ff9b::/96' then
    raise exception 'p_ip must be one address, or an IPv6 network of 32 to 64 bits' using errcode = '22023';
  end if;
  return network(set_masklen(v_ip, least(masklen(v_ip), 64)))::text;
end $$;

-- Who is counted: the subject of a limit.
create or replace function vidops.rate_limit_subject(p_per text, p_ip text, p_user_id uuid, p_key text)
returns text language plpgsql immutable set search_path = '' as $$
begin
  case p_per
    when 'ip' then
      if p_ip is null then
        raise exception 'p_ip is required by a limit per ip' using errcode = '22023', hint = 'Of an unknown address say ''unknown'': all of them share one bucket.';
      end if;
      return 'ip:' || p_ip;
    when 'user' then
      if p_user_id is null then
        raise exception 'p_user_id is required by a limit per user' using errcode = '22023';
      end if;
      return 'user:' || p_user_id;
    when 'key' then
      if p_key is null or p_key !~ '\S' or char_length(p_key) > 200 then
        raise exception 'p_limits: key must have 1 to 200 characters' using errcode = '22023';
      end if;
      return 'key:' || p_key;
    when 'global' then
      return 'global';
    else
      raise exception 'p_limits: per must be ip, user, global or key, got %', coalesce(p_per, 'null') using errcode = '22023';
  end case;
end $$;

create or replace function vidops.require_rate_limit(p_action text, p_max integer, p_window_seconds integer, p_cost integer)
returns void language plpgsql immutable set search_path = '' as $$
begin
  if p_action is null or btrim(p_action, E' \t\n\r\f\x0b') = '' or char_length(p_action) > 100 then
    raise exception 'p_action must have 1 to 100 characters' using errcode = '22023';
  elsif p_max is null or p_max not between 1 and 1000000000 then
    raise exception 'the limit must be between 1 and 1000000000 requests, got %', coalesce(p_max::text, 'null') using errcode = '22023';
  elsif p_window_seconds is null or p_window_seconds not between 1 and 31622400 then
    raise exception 'the window must be between 1 and 31622400 seconds (366 days), got %', coalesce(p_window_seconds::text, 'null') using errcode = '22023';
  elsif p_cost is null or p_cost < 1 then
    raise exception 'p_cost must be 1 or more, got %', coalesce(p_cost::text, 'null') using errcode = '22023';
  elsif p_cost > p_max then
    raise exception 'p_cost % is more than the limit of % ever admits', p_cost, p_max using errcode = '22023';
  end if;
end $$;

-- The rules of an action for who asks. p_all false leaves out those of somebody who is not named.
create or replace function vidops.rate_limit_rules_of(p_action text, p_ip text, p_user_id uuid, p_all boolean)
returns vidops.rate_limit[] language plpgsql stable set search_path = '' as $$
declare
  v_tier text := coalesce((select u.tier from public.users u where u.id = p_user_id), 'free');
begin
  return (
    select array_agg(row(
        case when r.per = 'global' then 'global' else 'per_' || r.per end || case when r.alike > 1 then '_' || r.window_seconds else '' end,
        r.per, vidops.rate_limit_subject(r.per, p_ip, p_user_id, null), r.max_requests, r.window_seconds)::vidops.rate_limit
      order by r.per collate "C", r.window_seconds)
    from (
      select r.*, count(*) over (partition by r.per) as alike
      from public.rate_limit_rules r
      where r.action = p_action and r.tier = case
        when exists (select from public.rate_limit_rules o where o.action = r.action and o.per = r.per and o.tier = v_tier) then v_tier
        else 'any' end
    ) r
    where p_all or case r.per when 'ip' then p_ip is not null when 'user' then p_user_id is not null else true end);
end $$;

-- The limits of a request in the order in which they are locked, by subject and window: those that are given, or the action's rules.
create or replace function vidops.rate_limits_of(p_action text, p_ip text, p_user_id uuid, p_limits jsonb, p_cost integer)
returns vidops.rate_limit[] language plpgsql stable set search_path = '' as $$
declare
  v_limits vidops.rate_limit[];
  v_limit vidops.rate_limit;
begin
  -- Also where no limit is found.
  perform vidops.require_rate_limit(p_action, 1000000000, 1, p_cost);
  if p_limits is null then
    v_limits := vidops.rate_limit_rules_of(p_action, p_ip, p_user_id, true);
  elsif jsonb_typeof(p_limits) <> 'array' or jsonb_array_length(p_limits) not between 1 and 10 then
    raise exception 'p_limits must be an array of 1 to 10 limits' using errcode = '22023';
  else
    select array_agg(row(l.name, l.per, s.subject, l.max_requests, l.window_seconds)::vidops.rate_limit order by s.subject collate "C", l.window_seconds)
    into v_limits
    from jsonb_to_recordset(p_limits) as l(name text, per text, key text, max_requests integer, window_seconds integer)
    cross join lateral (select vidops.rate_limit_subject(l.per, p_ip, p_user_id, l.key) as subject offset 0) s;
  end if;

  foreach v_limit in array coalesce(v_limits, '{}') loop
    if v_limit.max_requests between p_cost and 1000000000 and v_limit.window_seconds between 1 and 31622400 and v_limit.name ~ '^[A-Za-z0-9_.:-]{1,64}$' then
      continue;
    end if;
    perform vidops.require_rate_limit(p_action, v_limit.max_requests, v_limit.window_seconds, p_cost);
    raise exception 'p_limits: name must be 1 to 64 of A-Z a-z 0-9 _ . : and -' using errcode = '22023';
  end loop;
  if cardinality(v_limits) > 1
    and (select count(distinct l.name) < count(*) or count(distinct (l.subject, l.window_seconds)) < count(*) from unnest(v_limits) l) then
    raise exception 'p_limits: two limits have the same name, or the same subject and window' using errcode = '22023';
  end if;
  return v_limits;
end $$;

revoke execute on function vidops.rate_limit_address(text) from public, anon, authenticated, service_role;
revoke execute on function vidops.rate_limit_subject(text, text, uuid, text) from public, anon, authenticated, service_role;
revoke execute on function vidops.require_rate_limit(text, integer, integer, integer) from public, anon, authenticated, service_role;
revoke execute on function vidops.rate_limit_rules_of(text, text, uuid, boolean) from public, anon, authenticated, service_role;
revoke execute on function vidops.rate_limits_of(text, text, uuid, jsonb, integer) from public, anon, authenticated, service_role;
