-- What limits have counted: one row for each subject, action and window, which holds the requests that still count. It never has
-- more than some hundred entries, whatever the limit, and is the one thing that two requests at once have to queue for.
--
-- An entry is a time, and the number of all requests up to it. Up to a limit of 100 each request keeps its own time, so the window
-- rolls exactly. Above, times are rounded up to a hundredth of the window: never more than the limit in any window either, but a
-- slot may come back a hundredth of the window late.

-- A project's own functions of these names would make overloads, between which the Data API cannot choose.
do $$
declare
  v_function record;
begin
  if current_setting('server_version_num')::integer < 160000 then
    raise exception 'vidops needs Postgres 16 or newer' using errcode = '0A000', hint = 'Upgrade the project, then apply the migrations again.';
  elsif to_regclass('vidops.rate_limit_state') is not null then
    return;
  end if;
  for v_function in
    select p.oid::regprocedure as name, pg_catalog.pg_get_functiondef(p.oid) as definition
    from pg_catalog.pg_proc p
    where p.pronamespace = 'public'::regnamespace and p.prokind = 'f' and p.proname in (
      'check_rate_limit', 'check_rate_limits', 'commit_rate_limit', 'release_rate_limit', 'peek_rate_limits', 'forget_rate_limits',
      'reset_rate_limits', 'set_rate_limit_rule', 'top_rate_limits', 'list_rate_limit_log', 'cleanup_rate_limit_state',
      'cleanup_rate_limit_reservations')
  loop
    insert into vidops.replaced_objects (kind, name, definition) values ('function', v_function.name, v_function.definition);
    raise warning 'vidops: set aside function %', v_function.name using hint = 'Its definition is kept in vidops.replaced_objects.';
    execute format('drop function %s', v_function.name);
  end loop;
  if to_regclass('public.rate_limit_rules') is not null then
    raise exception 'vidops cannot adopt this project as it is: it has a table public.rate_limit_rules of its own'
      using errcode = '42P07', hint = 'Rename it (alter table public.rate_limit_rules rename to …), then apply the migrations again.';
  end if;
end $$;

create table if not exists vidops.rate_limit_state (
  subject text collate "C" not null,
  action text collate "C" not null,
  window_seconds integer not null,
  max_requests integer not null,
  times timestamptz[] not null default '{-infinity}',
  totals bigint[] not null default '{0}',
  free_at timestamptz not null default '-infinity',
  started_at timestamptz not null default clock_timestamp(),
  expires_at timestamptz not null,
  primary key (subject, action, window_seconds)
) with (fillfactor = 70);
comment on table vidops.rate_limit_state is 'What each limit has counted. subject: ip:…, user:…, key:… or global. times: of the requests that count, oldest first, after '
  'one entry that no longer does; totals: how many there had been by then. max_requests: the limit it was last judged by; '
  'free_at: when, by that limit, one more request fits if none is added. started_at: when it began to count. expires_at: when nothing counts any more, rounded up.';

-- expires_at is rounded so that it seldom changes: a row whose indexed columns stay as they are is written anew within its page.
create index if not exists rate_limit_state_expires_idx on vidops.rate_limit_state (expires_at);

create table if not exists vidops.rate_limit_reservations (
  id uuid primary key default gen_random_uuid(),
  action text not null,
  subjects text[] not null,
  windows integer[] not null,
  times timestamptz[] not null,
  amount integer not null,
  status text not null default 'held' check (status in ('held', 'committed', 'released')),
  created_at timestamptz not null default clock_timestamp(),
  expires_at timestamptz not null
);
comment on table vidops.rate_limit_reservations is 'Slots taken for work that may fail: which entries of rate_limit_state, and what became of them. After expires_at there is nothing to give back.';
create index if not exists rate_limit_reservations_expires_idx on vidops.rate_limit_reservations (expires_at);

alter table vidops.rate_limit_state enable row level security;
alter table vidops.rate_limit_reservations enable row level security;
revoke all on vidops.rate_limit_state, vidops.rate_limit_reservations from public, anon, authenticated, service_role;

-- How many requests a row of the log stands for, since of a flood only samples are kept; and which limit refused.
alter table public.rate_limit_log
  add column if not exists requests integer not null default 1,
  add column if not exists limit_name text;
-- A limit may be everybody's, or of a key of the app's own, and an address may be unknown.
alter table public.rate_limit_log drop constraint if exists rate_limit_log_subject_check;
alter table public.rate_limit_log alter column ip_address drop not null;
grant insert (requests, limit_name) on public.rate_limit_log to service_role;
