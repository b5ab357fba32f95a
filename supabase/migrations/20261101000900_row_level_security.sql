-- Who may read and write what through the Data API. Everything is revoked first, so that the result is the same under
-- Supabase's old defaults (all granted) and new ones (nothing granted). End users read their own rows and may change two
-- harmless columns; credits, tier and is_admin have no grant to anybody: only the functions of the money path change them.

create or replace function vidops.is_admin()
returns boolean language sql stable security definer set search_path = '' as $$
  select exists (select from public.users where id = auth.uid() and is_admin and banned_at is null);
$$;
comment on function vidops.is_admin() is 'Whether the signed-in user is an admin who is not banned. For policies: (select vidops.is_admin()).';
revoke execute on function vidops.is_admin() from public, anon, service_role;
grant execute on function vidops.is_admin() to authenticated;

do $$
declare
  v_table text;
begin
  foreach v_table in array array['users', 'models', 'video_jobs', 'quota_log', 'idempotency_log', 'error_log', 'rate_limit_log', 'admin_actions'] loop
    execute format('alter table public.%I enable row level security', v_table);
    execute format('revoke all on public.%I from public, anon, authenticated, service_role', v_table);
    execute format('grant select on public.%I to service_role', v_table);
  end loop;
end $$;

-- An adopted table's sequence may have any name, or be an identity's.
do $$
declare
  v_sequence record;
begin
  for v_sequence in
    select distinct d.objid::regclass as name, d.refobjid in (
      'public.idempotency_log'::regclass, 'public.error_log'::regclass, 'public.rate_limit_log'::regclass) as by_service
    from pg_catalog.pg_depend d
    join pg_catalog.pg_class s on s.oid = d.objid and s.relkind = 'S'
    where d.classid = 'pg_catalog.pg_class'::regclass and d.refobjid in (
      'public.quota_log'::regclass, 'public.idempotency_log'::regclass, 'public.error_log'::regclass,
      'public.rate_limit_log'::regclass, 'public.admin_actions'::regclass)
  loop
    execute format('revoke all on sequence %s from public, anon, authenticated, service_role', v_sequence.name);
    if v_sequence.by_service then
      execute format('grant usage on sequence %s to service_role', v_sequence.name);
    end if;
  end loop;
end $$;

grant select on public.models to anon, authenticated;
grant select on public.users, public.video_jobs, public.quota_log, public.error_log, public.rate_limit_log, public.admin_actions to authenticated;
grant update (language, theme_preference) on public.users to authenticated;

-- service_role is the app's own server: it keeps profiles, models and jobs, but no balance, refund or admin flag. It may say at
-- insert what a job cost, as projects do that charge before the job exists; a charge with p_job_id replaces that by the ledger's word.
grant insert (id, email, device_id, apple_sub, is_guest, tier, language, theme_preference, initial_grant_claimed) on public.users to service_role;
grant update (email, device_id, apple_sub, is_guest, tier, language, theme_preference, initial_grant_claimed, updated_at) on public.users to service_role;
grant insert, update on public.models to service_role;
grant insert (job_id, user_id, model_id, prompt, settings, status, video_url, thumbnail_url, credits_used, error_message, provider_job_id, created_at, completed_at) on public.video_jobs to service_role;
grant update (prompt, settings, status, video_url, thumbnail_url, error_message, provider_job_id, completed_at) on public.video_jobs to service_role;
grant insert, update, delete on public.idempotency_log to service_role;
grant insert (user_id, error_code, endpoint, request_data, error_details, created_at) on public.error_log to service_role;
grant insert (ip_address, action, user_id, created_at, allowed) on public.rate_limit_log to service_role;

drop policy if exists users_select_own on public.users;
create policy users_select_own on public.users for select to authenticated
  using (id = (select auth.uid()) or (select vidops.is_admin()));
drop policy if exists users_update_own on public.users;
create policy users_update_own on public.users for update to authenticated
  using (id = (select auth.uid())) with check (id = (select auth.uid()));

drop policy if exists models_select_available on public.models;
create policy models_select_available on public.models for select to anon
  using (is_available);
drop policy if exists models_select_authenticated on public.models;
create policy models_select_authenticated on public.models for select to authenticated
  using (is_available or (select vidops.is_admin()));

drop policy if exists video_jobs_select_own on public.video_jobs;
create policy video_jobs_select_own on public.video_jobs for select to authenticated
  using (user_id = (select auth.uid()) or (select vidops.is_admin()));

drop policy if exists quota_log_select_own on public.quota_log;
create policy quota_log_select_own on public.quota_log for select to authenticated
  using (user_id = (select auth.uid()) or (select vidops.is_admin()));

drop policy if exists error_log_select_admin on public.error_log;
create policy error_log_select_admin on public.error_log for select to authenticated using ((select vidops.is_admin()));
drop policy if exists rate_limit_log_select_admin on public.rate_limit_log;
create policy rate_limit_log_select_admin on public.rate_limit_log for select to authenticated using ((select vidops.is_admin()));
drop policy if exists admin_actions_select_admin on public.admin_actions;
create policy admin_actions_select_admin on public.admin_actions for select to authenticated using ((select vidops.is_admin()));
