-- The states of a generation, held by the table itself: pending → processing | failed, processing → completed | failed, nothing else,
-- for every role. A video that arrives after the failure was refunded does not change the state: it is delivered free, and flagged.

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
