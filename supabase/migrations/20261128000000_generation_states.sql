-- The states of a generation, held by the table itself: pending → processing | failed, processing → completed | failed, nothing else,
-- for every role. A video that arrives after the failure was refunded does not change the state: it is delivered free, and flagged.

-- What the functions below write has to fit into what a project may have had before: text of any length, and the types that are named.
do $$
declare
  v_column record;
  v_routine record;
  v_problems text;
begin
  for v_column in
    select c.tab, c.col from (values
      ('video_jobs', 'status'), ('video_jobs', 'prompt'), ('video_jobs', 'video_url'), ('video_jobs', 'thumbnail_url'), ('video_jobs', 'error_message'),
      ('video_jobs', 'provider_job_id'), ('video_jobs', 'error_code'), ('video_jobs', 'error_reason'), ('video_jobs', 'idempotency_key'),
      ('models', 'provider'), ('models', 'provider_model_id'), ('users', 'device_id'), ('users', 'email')) as c(tab, col)
    join pg_catalog.pg_attribute a on a.attrelid = to_regclass('public.' || c.tab) and a.attname = c.col and a.atttypid = 'varchar'::regtype
  loop
    execute format('alter table public.%I alter column %I type text', v_column.tab, v_column.col);
  end loop;

  select string_agg(format('%s.%s is %s, needed: %s', e.tab, e.col, pg_catalog.format_type(a.atttypid, a.atttypmod), e.typ), '; ')
  into v_problems
  from (values
    ('video_jobs', 'status', 'text'), ('video_jobs', 'prompt', 'text'), ('video_jobs', 'settings', 'jsonb'), ('video_jobs', 'video_url', 'text'),
    ('video_jobs', 'thumbnail_url', 'text'), ('video_jobs', 'error_message', 'text'), ('video_jobs', 'provider_job_id', 'text'),
    ('video_jobs', 'error_code', 'text'), ('video_jobs', 'error_reason', 'text'), ('video_jobs', 'idempotency_key', 'text'),
    ('video_jobs', 'completed_at', 'timestamp with time zone'), ('video_jobs', 'delivered_late_at', 'timestamp with time zone'),
    ('video_jobs', 'deleted_at', 'timestamp with time zone'), ('video_jobs', 'purged_at', 'timestamp with time zone'),
    ('video_jobs', 'provider_checked_at', 'timestamp with time zone'), ('models', 'provider', 'text'), ('models', 'provider_model_id', 'text'),
    ('users', 'device_id', 'text'), ('users', 'email', 'text'), ('users', 'handed_over_to', 'uuid'), ('users', 'handed_over_at', 'timestamp with time zone'),
    ('idempotency_log', 'response_data', 'jsonb'), ('idempotency_log', 'status_code', 'integer'), ('idempotency_log', 'request_hash', 'text'),
    ('idempotency_log', 'job_id', 'uuid')
  ) as e(tab, col, typ)
  join pg_catalog.pg_attribute a
    on a.attrelid = to_regclass('public.' || e.tab) and a.attname = e.col and not a.attisdropped
  where pg_catalog.format_type(a.atttypid, a.atttypmod) <> e.typ;
  if v_problems is not null then
    raise exception 'vidops cannot adopt this project as it is: %', v_problems
      using errcode = '42804', hint = 'Change the types of these columns (alter table … alter column … type …), then apply the migrations again.';
  end if;

  if to_regprocedure('vidops.refuse_job_state()') is not null then
    return;
  end if;
  -- The first time. A project's own functions of these names would make overloads, between which the Data API cannot choose.
  for v_routine in
    select p.oid::regprocedure as name, pg_catalog.pg_get_functiondef(p.oid) as definition
    from pg_catalog.pg_proc p
    where p.pronamespace = 'public'::regnamespace and p.prokind in ('f', 'p') and p.proname in (
      'start_generation', 'attach_generation', 'complete_generation', 'fail_generation', 'expire_generations', 'delete_generation', 'get_generation',
      'list_generations', 'onboard_guest', 'hand_over_guest', 'list_jobs', 'get_job', 'list_stuck_jobs', 'fail_job', 'retry_job', 'list_deleted_jobs',
      'cleanup_deleted_jobs')
  loop
    insert into vidops.replaced_objects (kind, name, definition) values ('function', v_routine.name, v_routine.definition);
    raise warning 'vidops: set aside function %', v_routine.name using hint = 'Its definition is kept in vidops.replaced_objects.';
    begin
      execute format('drop routine %s', v_routine.name);
    exception when dependent_objects_still_exist then
      raise exception 'vidops cannot adopt this project as it is: something depends on its function %', v_routine.name
        using errcode = sqlstate, hint = format('vidops has one of that name. Rename it (alter routine %s rename to …), then apply the migrations again.', v_routine.name);
    end;
  end loop;
  -- Who has a row in the ledger is no newcomer, and had the grant, under whatever name.
  update public.users u set initial_grant_claimed = true
  where not u.initial_grant_claimed and exists (select from public.quota_log q where q.user_id = u.id);
end $$;

alter table public.video_jobs
  add column if not exists idempotency_key text,
  add column if not exists error_code text,
  add column if not exists error_reason text,
  -- A video that came after the job had failed and was refunded.
  add column if not exists delivered_late_at timestamptz,
  -- Hidden by its user; the row stays for the ledger. purged_at: its files, prompt and settings are gone as well.
  add column if not exists deleted_at timestamptz,
  add column if not exists purged_at timestamptz,
  -- When the provider was last asked about it, so that many who wait make one question.
  add column if not exists provider_checked_at timestamptz;

-- A guest whose credits and videos went to an account.
alter table public.users
  add column if not exists handed_over_to uuid,
  add column if not exists handed_over_at timestamptz;
select vidops.adopt_foreign_key('public.users', 'handed_over_to', 'public.users (id)');
select vidops.adopt_constraint('public.users', 'users_handed_over_check', 'check ((handed_over_to is null) = (handed_over_at is null) and handed_over_to <> id)');

create index if not exists users_handed_over_idx on public.users (handed_over_to) where handed_over_to is not null;
create index if not exists video_jobs_delivered_late_idx on public.video_jobs (delivered_late_at) where delivered_late_at is not null;
create index if not exists video_jobs_deleted_idx on public.video_jobs (deleted_at, job_id) where deleted_at is not null and purged_at is null;

create or replace function vidops.refuse_job_state()
returns trigger language plpgsql set search_path = '' as $$
begin
  raise exception '%', case tg_op
      when 'INSERT' then format('a job begins as pending, not as %s', new.status)
      else format('a job that is %s does not become %s', old.status, new.status) end
    using errcode = '23514', hint = 'pending → processing | failed, processing → completed | failed. See start_generation, complete_generation and fail_generation.';
end $$;
revoke execute on function vidops.refuse_job_state() from public, anon, authenticated, service_role;

drop trigger if exists video_jobs_state on public.video_jobs;
create trigger video_jobs_state before update on public.video_jobs for each row
  when (old.status is distinct from new.status
    and (old.status, new.status) not in (('pending', 'processing'), ('pending', 'failed'), ('processing', 'completed'), ('processing', 'failed')))
  execute function vidops.refuse_job_state();
-- Data that is loaded by the owner of the tables comes as it was; an app's server begins at the beginning.
drop trigger if exists video_jobs_first_state on public.video_jobs;
create trigger video_jobs_first_state before insert on public.video_jobs for each row
  when (new.status <> 'pending' and current_user = 'service_role')
  execute function vidops.refuse_job_state();

-- What begins by start_generation ends by complete_generation or fail_generation: a state that a server writes by itself would be a
-- failure without its refund. Servers that came before may go on with the jobs that they made.
-- Nor does a server rewrite the answer that is kept under the key of a generation.
create or replace function vidops.refuse_server_write()
returns trigger language plpgsql set search_path = '' as $$
begin
  raise exception 'this row of % was written by start_generation, and is changed by functions only', tg_table_name
    using errcode = '42501', hint = 'Call attach_generation, complete_generation or fail_generation.';
end $$;
revoke execute on function vidops.refuse_server_write() from public, anon, authenticated, service_role;

drop trigger if exists video_jobs_by_functions on public.video_jobs;
create trigger video_jobs_by_functions before update on public.video_jobs for each row
  when (current_user = 'service_role' and old.idempotency_key is not null)
  execute function vidops.refuse_server_write();
drop trigger if exists idempotency_log_by_functions on public.idempotency_log;
create trigger idempotency_log_by_functions before update or delete on public.idempotency_log for each row
  when (current_user = 'service_role' and old.operation_type = 'generate_video' and old.request_hash is not null)
  execute function vidops.refuse_server_write();

-- A guest who has handed over is closed: what is booked there would be lost to the person.
create or replace function vidops.refuse_closed_guest()
returns trigger language plpgsql set search_path = '' as $$
begin
  raise exception 'account_handed_over' using errcode = 'PT409', hint = format('The guest''s credits are those of user %s.', old.handed_over_to);
end $$;
revoke execute on function vidops.refuse_closed_guest() from public, anon, authenticated, service_role;

drop trigger if exists users_closed_guest on public.users;
create trigger users_closed_guest before update on public.users for each row
  when (old.handed_over_to is not null and new.credits_remaining <> 0)
  execute function vidops.refuse_closed_guest();

-- What a job cost is what the ledger charged to it, never what an insert says of it: a refund is bounded by it.
revoke insert (credits_used) on public.video_jobs from service_role;

drop policy if exists video_jobs_select_own on public.video_jobs;
create policy video_jobs_select_own on public.video_jobs for select to authenticated
  using ((user_id = (select auth.uid()) and deleted_at is null) or (select vidops.is_admin()));

-- Apps that ask for it are told of changes by Realtime, within the policy above.
do $$
begin
  if exists (select from pg_catalog.pg_publication where pubname = 'supabase_realtime' and not puballtables) and not exists (
    select from pg_catalog.pg_publication_tables where pubname = 'supabase_realtime' and schemaname = 'public' and tablename = 'video_jobs')
  then
    alter publication supabase_realtime add table public.video_jobs;
  end if;
end $$;
