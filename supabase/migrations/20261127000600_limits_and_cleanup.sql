-- What ops do with limits, as acts like all others: with a ticket, and a change of a rule can be undone. And a cleanup says in the
-- audit what it deleted, batch by batch; admins may run it as themselves. p_ticket and the like are arguments at the end, which make
-- other functions: the old ones go.

drop function if exists public.reset_rate_limits(text, text, text, text, uuid, boolean, text);
drop function if exists public.set_rate_limit_rule(text, text, text, integer, integer, text, uuid, boolean, text);
drop function if exists public.cleanup_rate_limit_logs(integer, integer, boolean, timestamptz);
drop function if exists public.cleanup_expired_idempotency_keys(integer, integer, boolean, timestamptz);
drop function if exists public.cleanup_error_log(integer, integer, boolean, timestamptz);
drop function if exists public.cleanup_rate_limit_state(integer, integer, boolean, timestamptz);
drop function if exists public.cleanup_rate_limit_reservations(integer, integer, boolean, timestamptz);

create or replace function public.reset_rate_limits(
  p_action text, p_per text, p_subject text, p_reason text, p_admin_user_id uuid default null, p_dry_run boolean default false, p_run_id text default null,
  p_ticket text default null)
returns jsonb language plpgsql volatile security definer set search_path = '' as $$
declare
  v_act vidops.act := vidops.begin_act(p_admin_user_id, p_reason, p_ticket, p_run_id, p_dry_run);
  v_user_id uuid;
  v_subject text;
  v_cleared jsonb;
  v_action_id bigint;
begin
  perform vidops.require_rate_limit(p_action, 1, 1, 1);
  if (p_per = 'global') <> (p_subject is null) then
    raise exception 'p_subject names an address, a user or a key; for global it is null' using errcode = '22023';
  elsif p_per = 'user' then
    if not pg_catalog.pg_input_is_valid(p_subject, 'uuid') then
      raise exception 'p_subject must be the id of a user' using errcode = '22023';
    end if;
    v_user_id := p_subject::uuid;
  end if;
  v_subject := vidops.rate_limit_subject(p_per, case when p_per = 'ip' then vidops.rate_limit_address(p_subject) end, v_user_id, p_subject);

  v_cleared := vidops.rate_limit_answers(p_action, array(select row(c.*)::vidops.rate_limit from vidops.counted_rate_limits(p_action, v_subject) c), 1);
  if not v_act.dry_run then
    -- In the order in which checks lock them.
    perform from vidops.rate_limit_state s where s.subject = v_subject and s.action = p_action order by s.window_seconds for update;
    delete from vidops.rate_limit_state s where s.subject = v_subject and s.action = p_action;
    if v_cleared <> '[]' then
      v_action_id := vidops.record_act(v_act, 'rate_limit_reset', jsonb_build_object('action', p_action, 'per', p_per, 'subject', p_subject, 'cleared', v_cleared),
        (select u.id from public.users u where u.id = v_user_id));
    end if;
  end if;
  return vidops.act_answer(v_act, v_action_id, v_cleared <> '[]', null, jsonb_build_object('cleared', v_cleared));
end $$;

-- p_expected: what was seen before, or what the change left that is undone.
create or replace function vidops.set_rate_limit_rule(
  p_action text, p_per text, p_tier text, p_window_seconds integer, p_max_requests integer, p_expected jsonb, p_act vidops.act)
returns jsonb language plpgsql volatile set search_path = '' as $$
declare
  v_before integer;
  v_refusal jsonb;
  v_rest jsonb;
  v_action_id bigint;
begin
  perform vidops.require_rate_limit(p_action, coalesce(p_max_requests, 1), p_window_seconds, 1);
  if p_per is null or p_per not in ('ip', 'user', 'global') then
    raise exception 'p_per must be ip, user or global, got %', coalesce(p_per, 'null') using errcode = '22023';
  elsif p_tier is null or p_tier not in ('any', 'free', 'premium') then
    raise exception 'p_tier must be any, free or premium, got %', coalesce(p_tier, 'null') using errcode = '22023';
  elsif p_per = 'global' and p_tier <> 'any' then
    raise exception 'a global limit counts everybody: p_tier must be any' using errcode = '22023';
  end if;

  -- Two who change rules at once take turns; who only reads them is not held up.
  if not p_act.dry_run then
    lock table public.rate_limit_rules in share row exclusive mode;
  end if;
  select r.max_requests into v_before from public.rate_limit_rules r
  where r.action = p_action and r.per = p_per and r.tier = p_tier and r.window_seconds = p_window_seconds;
  v_refusal := case when v_before is distinct from p_max_requests or p_act.undoes is not null
    then vidops.changed_since(p_expected, jsonb_build_object('max_requests', v_before)) end;
  if v_refusal is not null then
    return v_refusal;
  end if;
  v_rest := jsonb_build_object('action', p_action, 'per', p_per, 'tier', p_tier, 'window_seconds', p_window_seconds, 'before', v_before, 'after', p_max_requests);
  if v_before is distinct from p_max_requests and not p_act.dry_run then
    if p_max_requests is null then
      delete from public.rate_limit_rules r
      where r.action = p_action and r.per = p_per and r.tier = p_tier and r.window_seconds = p_window_seconds;
    else
      insert into public.rate_limit_rules (action, per, tier, window_seconds, max_requests, updated_by)
      values (p_action, p_per, p_tier, p_window_seconds, p_max_requests, p_act.admin_user_id)
      on conflict (action, per, tier, window_seconds) do update set max_requests = excluded.max_requests, updated_by = excluded.updated_by, updated_at = now();
    end if;
    v_action_id := vidops.record_act(p_act, 'rate_limit_rule', v_rest);
  end if;
  return vidops.act_answer(p_act, v_action_id, v_before is distinct from p_max_requests, null,
    jsonb_build_object('before', v_before, 'after', p_max_requests, 'rules', vidops.rate_limit_rules_json(p_action)));
end $$;

create or replace function public.set_rate_limit_rule(
  p_action text, p_per text, p_tier text, p_window_seconds integer, p_max_requests integer, p_reason text,
  p_admin_user_id uuid default null, p_dry_run boolean default false, p_run_id text default null, p_ticket text default null,
  p_expected jsonb default null)
returns jsonb language plpgsql volatile security definer set search_path = '' as $$
begin
  return vidops.set_rate_limit_rule(p_action, p_per, p_tier, p_window_seconds, p_max_requests, p_expected,
    vidops.begin_act(p_admin_user_id, p_reason, p_ticket, p_run_id, p_dry_run));
end $$;

-- Who cleans up: the signed-in admin, the one that a service key names, or nobody, when the key runs it on a schedule.
create or replace function vidops.begin_cleanup(p_admin_user_id uuid, p_run_id text, p_reason text, p_ticket text, p_dry_run boolean)
returns vidops.act language plpgsql stable set search_path = '' as $$
declare
  v_act vidops.act;
begin
  if p_admin_user_id is not null or auth.uid() is not null or current_setting('role', true) in ('anon', 'authenticated') then
    return vidops.begin_act(p_admin_user_id, coalesce(p_reason, 'retention'), p_ticket, p_run_id, p_dry_run);
  elsif btrim(p_reason, E' \t\r\n') !~ '\S' or char_length(p_reason) > 500 or p_ticket !~ '\S' or char_length(p_ticket) > 100 or char_length(p_run_id) > 100 then
    raise exception 'p_reason must have 1 to 500 characters, p_ticket and p_run_id 1 to 100' using errcode = '22023';
  end if;
  v_act := row(null, coalesce(btrim(p_reason, E' \t\r\n'), 'retention'), p_ticket, p_run_id, coalesce(p_dry_run, false), false, null, null, null, null, false);
  return v_act;
end $$;

create or replace function vidops.record_cleanup(p_act vidops.act, p_target text, p_answer jsonb)
returns jsonb language plpgsql volatile set search_path = '' as $$
declare
  v_action_id bigint;
begin
  if not p_act.dry_run and (p_answer ->> 'deleted')::bigint > 0 then
    -- The batch did not wait for the disk; its audit row does, as a head that somebody pinned must not be taken back by a crash.
    perform set_config('synchronous_commit', 'on', true);
    v_action_id := vidops.record_act(p_act, 'cleanup', jsonb_build_object('target', p_target, 'deleted', p_answer -> 'deleted', 'cutoff', p_answer -> 'cutoff'));
  end if;
  return p_answer || jsonb_build_object('action_id', v_action_id);
end $$;

create or replace function public.cleanup_rate_limit_logs(
  p_older_than_seconds integer default 604800, p_batch_size integer default 50000, p_dry_run boolean default false, p_after timestamptz default null,
  p_admin_user_id uuid default null, p_run_id text default null, p_reason text default null, p_ticket text default null)
returns jsonb language plpgsql volatile security definer set search_path = '' as $$
declare
  v_act vidops.act := vidops.begin_cleanup(p_admin_user_id, p_run_id, p_reason, p_ticket, p_dry_run);
begin
  if p_older_than_seconds = 0 then
    raise exception 'p_older_than_seconds must be positive' using errcode = '22023';
  end if;
  return vidops.record_cleanup(v_act, 'rate_limit_log',
    vidops.delete_batch('public.rate_limit_log', 'created_at', p_older_than_seconds, p_batch_size, v_act.dry_run, p_after));
end $$;

create or replace function public.cleanup_expired_idempotency_keys(
  p_older_than_seconds integer default 0, p_batch_size integer default 50000, p_dry_run boolean default false, p_after timestamptz default null,
  p_admin_user_id uuid default null, p_run_id text default null, p_reason text default null, p_ticket text default null)
returns jsonb language plpgsql volatile security definer set search_path = '' as $$
declare
  v_act vidops.act := vidops.begin_cleanup(p_admin_user_id, p_run_id, p_reason, p_ticket, p_dry_run);
begin
  return vidops.record_cleanup(v_act, 'idempotency_log',
    vidops.delete_batch('public.idempotency_log', 'expires_at', p_older_than_seconds, p_batch_size, v_act.dry_run, p_after));
end $$;

create or replace function public.cleanup_error_log(
  p_older_than_seconds integer default 7776000, p_batch_size integer default 50000, p_dry_run boolean default false, p_after timestamptz default null,
  p_admin_user_id uuid default null, p_run_id text default null, p_reason text default null, p_ticket text default null)
returns jsonb language plpgsql volatile security definer set search_path = '' as $$
declare
  v_act vidops.act := vidops.begin_cleanup(p_admin_user_id, p_run_id, p_reason, p_ticket, p_dry_run);
  v_answer jsonb;
begin
  if p_older_than_seconds = 0 then
    raise exception 'p_older_than_seconds must be positive' using errcode = '22023';
  end if;
  v_answer := vidops.delete_batch('public.error_log', 'created_at', p_older_than_seconds, p_batch_size, v_act.dry_run, p_after);
  if not v_act.dry_run and not (v_answer ->> 'busy')::boolean then
    -- From the six hours in which this batch began: spares what earlier batches left.
    delete from vidops.error_counts
    where span >= coalesce(p_after, '-infinity') - interval '6 hours'
      and span <= coalesce((v_answer ->> 'next_after')::timestamptz, (v_answer ->> 'cutoff')::timestamptz) - interval '6 hours';
  end if;
  return vidops.record_cleanup(v_act, 'error_log', v_answer);
end $$;

create or replace function public.cleanup_rate_limit_state(
  p_older_than_seconds integer default 0, p_batch_size integer default 50000, p_dry_run boolean default false, p_after timestamptz default null,
  p_admin_user_id uuid default null, p_run_id text default null, p_reason text default null, p_ticket text default null)
returns jsonb language plpgsql volatile security definer set search_path = '' as $$
declare
  v_act vidops.act := vidops.begin_cleanup(p_admin_user_id, p_run_id, p_reason, p_ticket, p_dry_run);
  v_cutoff timestamptz := now() - make_interval(secs => p_older_than_seconds);
  v_count bigint;
  v_newest timestamptz;
begin
  if v_act.dry_run or p_older_than_seconds is null or p_older_than_seconds < 0 or p_batch_size is null or p_batch_size not between 1 and 100000 then
    return vidops.record_cleanup(v_act, 'rate_limit_state',
      vidops.delete_batch('vidops.rate_limit_state', 'expires_at', p_older_than_seconds, p_batch_size, true, p_after));
  end if;
  perform set_config('synchronous_commit', 'off', true);
  with old as materialized (
    select s.ctid as place, s.expires_at from vidops.rate_limit_state s
    where s.expires_at >= coalesce(p_after, '-infinity') and s.expires_at < v_cutoff
    order by s.expires_at limit p_batch_size for update skip locked
  ), gone as (
    delete from vidops.rate_limit_state s using old where s.ctid = old.place
  )
  select count(*), max(old.expires_at) into v_count, v_newest from old;
  return vidops.record_cleanup(v_act, 'rate_limit_state', jsonb_build_object('success', true, 'deleted', v_count, 'more', v_count = p_batch_size,
    'busy', false, 'would_delete', null, 'next_after', v_newest, 'cutoff', v_cutoff, 'batch_size', p_batch_size));
end $$;

create or replace function public.cleanup_rate_limit_reservations(
  p_older_than_seconds integer default 86400, p_batch_size integer default 50000, p_dry_run boolean default false, p_after timestamptz default null,
  p_admin_user_id uuid default null, p_run_id text default null, p_reason text default null, p_ticket text default null)
returns jsonb language plpgsql volatile security definer set search_path = '' as $$
declare
  v_act vidops.act := vidops.begin_cleanup(p_admin_user_id, p_run_id, p_reason, p_ticket, p_dry_run);
begin
  return vidops.record_cleanup(v_act, 'rate_limit_reservations',
    vidops.delete_batch('vidops.rate_limit_reservations', 'expires_at', p_older_than_seconds, p_batch_size, v_act.dry_run, p_after));
end $$;

comment on function public.reset_rate_limits(text, text, text, text, uuid, boolean, text, text) is
  'Forgets what was counted for one subject under an action, with an audit row when there was anything. p_per: ip, user, key or global (p_subject null).';
comment on function public.set_rate_limit_rule(text, text, text, integer, integer, text, uuid, boolean, text, text, jsonb) is
  'Sets how many requests an action may have in a window, per ip, user or globally, for a tier or any; null takes the rule away. With an audit row when it changes anything. p_expected {"max_requests": 10}: only if that is the rule now.';
comment on function public.cleanup_rate_limit_logs(integer, integer, boolean, timestamptz, uuid, text, text, text) is
  'Deletes up to p_batch_size rate-limit rows older than p_older_than_seconds (7 days), with an audit row, and says whether more are left.';
comment on function public.cleanup_expired_idempotency_keys(integer, integer, boolean, timestamptz, uuid, text, text, text) is
  'Deletes up to p_batch_size keys that expired more than p_older_than_seconds (0) ago, with an audit row, and says whether more are left. Refund keys live elsewhere.';
comment on function public.cleanup_error_log(integer, integer, boolean, timestamptz, uuid, text, text, text) is
  'Deletes up to p_batch_size error rows older than p_older_than_seconds (90 days), with an audit row, and says whether more are left.';
comment on function public.cleanup_rate_limit_state(integer, integer, boolean, timestamptz, uuid, text, text, text) is
  'Deletes up to p_batch_size rows of limits that count nothing any more, p_older_than_seconds (0) after they expired, with an audit row, and says whether more are left.';
comment on function public.cleanup_rate_limit_reservations(integer, integer, boolean, timestamptz, uuid, text, text, text) is
  'Deletes up to p_batch_size reservations that have nothing left to give back, p_older_than_seconds (a day) after they expired, with an audit row, and says whether more are left.';

do $$
declare
  v_name text;
begin
  foreach v_name in array array['cleanup_rate_limit_logs', 'cleanup_expired_idempotency_keys', 'cleanup_error_log', 'cleanup_rate_limit_state', 'cleanup_rate_limit_reservations'] loop
    execute format('revoke execute on function public.%I(integer, integer, boolean, timestamptz, uuid, text, text, text) from public, anon', v_name);
    execute format('grant execute on function public.%I(integer, integer, boolean, timestamptz, uuid, text, text, text) to authenticated, service_role', v_name);
  end loop;
end $$;
revoke execute on function public.reset_rate_limits(text, text, text, text, uuid, boolean, text, text) from public, anon;
revoke execute on function public.set_rate_limit_rule(text, text, text, integer, integer, text, uuid, boolean, text, text, jsonb) from public, anon;
grant execute on function public.reset_rate_limits(text, text, text, text, uuid, boolean, text, text) to authenticated, service_role;
grant execute on function public.set_rate_limit_rule(text, text, text, integer, integer, text, uuid, boolean, text, text, jsonb) to authenticated, service_role;
revoke execute on function vidops.set_rate_limit_rule(text, text, text, integer, integer, jsonb, vidops.act) from public, anon, authenticated, service_role;
revoke execute on function vidops.begin_cleanup(uuid, text, text, text, boolean) from public, anon, authenticated, service_role;
revoke execute on function vidops.record_cleanup(vidops.act, text, jsonb) from public, anon, authenticated, service_role;
