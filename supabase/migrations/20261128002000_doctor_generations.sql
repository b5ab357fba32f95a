-- Doctor learns of generations: their functions, what a job may say of its cost, the triggers that hold its states, and late videos.

create or replace function vidops.schema_version()
returns text language sql immutable set search_path = '' as $$ select '20261128002000' $$;
comment on function vidops.schema_version() is 'The version of the newest migration; each migration that follows replaces this function.';
revoke execute on function vidops.schema_version() from public, anon, authenticated, service_role;

create or replace function vidops.security_findings()
returns table (kind text, object text, detail text, fix text) language sql stable set search_path = '' as $$
  with guarded(name) as (
    values ('users'), ('models'), ('video_jobs'), ('quota_log'), ('idempotency_log'), ('error_log'), ('rate_limit_log'), ('rate_limit_rules'), ('admin_actions'),
      ('admin_approvals'), ('approval_thresholds')
  ), roles(name) as (
    values ('public'), ('anon'), ('authenticated'), ('service_role')
  ), allowed_table(grantee, tab, privilege) as (
    select 'service_role', name, 'SELECT' from guarded
    union all values
      ('anon', 'models', 'SELECT'), ('authenticated', 'models', 'SELECT'), ('authenticated', 'users', 'SELECT'),
      ('authenticated', 'video_jobs', 'SELECT'), ('authenticated', 'quota_log', 'SELECT'), ('authenticated', 'error_log', 'SELECT'),
      ('authenticated', 'rate_limit_log', 'SELECT'), ('authenticated', 'rate_limit_rules', 'SELECT'), ('authenticated', 'admin_actions', 'SELECT'),
      ('authenticated', 'admin_approvals', 'SELECT'), ('authenticated', 'approval_thresholds', 'SELECT'),
      ('service_role', 'models', 'INSERT'),
      ('service_role', 'idempotency_log', 'INSERT'), ('service_role', 'idempotency_log', 'UPDATE'), ('service_role', 'idempotency_log', 'DELETE')
  ), forbidden_column(tab, col, privilege) as (
    -- What nobody may write but the functions ('%': every column); other column grants of service_role are harmless.
    values ('users', 'credits_remaining', '%'), ('users', 'credits_total', '%'), ('users', 'is_admin', '%'), ('users', 'banned_at', '%'),
      ('users', 'ban_reason', '%'), ('video_jobs', 'credits_refunded', '%'), ('video_jobs', 'refunded_unfinished_at', '%'),
      ('video_jobs', 'credits_used', '%'), ('users', 'handed_over_to', '%'), ('video_jobs', 'delivered_late_at', '%'), ('quota_log', '%', '%'), ('admin_actions', '%', '%'),
      ('rate_limit_rules', '%', '%'), ('admin_approvals', '%', '%'), ('approval_thresholds', '%', '%'),
      ('models', 'is_available', 'UPDATE'), ('models', 'cost_per_generation', 'UPDATE'), ('models', 'is_featured', 'UPDATE')
  ), allowed_function(grantee, name) as (
    -- What only the app's server may call, and what admins may call as themselves.
    select 'service_role', unnest(array[
      'add_credits', 'deduct_credits', 'log_error', 'check_rate_limit', 'check_rate_limits', 'commit_rate_limit',
      'release_rate_limit', 'forget_rate_limits', 'start_generation', 'attach_generation', 'complete_generation', 'fail_generation',
      'expire_generations', 'delete_generation', 'get_generation', 'list_generations', 'onboard_guest', 'hand_over_guest'])
    union all select r.name, f.name from (values ('service_role'), ('authenticated')) r(name), unnest(array[
      'admin_refund_credits', 'audit_credits', 'find_user', 'doctor_report', 'list_errors', 'top_errors', 'get_error',
      'peek_rate_limits', 'reset_rate_limits', 'set_rate_limit_rule', 'top_rate_limits', 'list_rate_limit_log',
      'cleanup_rate_limit_logs', 'cleanup_expired_idempotency_keys', 'cleanup_error_log', 'cleanup_rate_limit_state',
      'cleanup_rate_limit_reservations', 'admin_adjust_credits', 'set_model_availability', 'set_model_price', 'set_model_featured',
      'ban_user', 'unban_user', 'grant_admin', 'revoke_admin', 'set_approval_threshold', 'undo_admin_action', 'approve_admin_request',
      'reject_admin_request', 'list_admin_actions', 'get_admin_action', 'read_admin_action_chain', 'list_admin_approvals',
      'get_admin_approval', 'list_approval_thresholds', 'search_users', 'get_user_overview', 'user_stats', 'list_model_usage', 'get_model_usage',
      'list_jobs', 'get_job', 'list_stuck_jobs', 'fail_job', 'retry_job', 'list_deleted_jobs', 'cleanup_deleted_jobs']) f(name)
  ), own_policy(tab, name, qual, with_check) as (
    -- As the catalog prints them under an empty search_path.
    values
      ('admin_actions', 'admin_actions_select_admin', '( SELECT vidops.is_admin() AS is_admin)', NULL),
      ('admin_approvals', 'admin_approvals_select_admin', '( SELECT vidops.is_admin() AS is_admin)', NULL),
      ('approval_thresholds', 'approval_thresholds_select_admin', '( SELECT vidops.is_admin() AS is_admin)', NULL),
      ('error_log', 'error_log_select_admin', '( SELECT vidops.is_admin() AS is_admin)', NULL),
      ('models', 'models_select_authenticated', '(is_available OR ( SELECT vidops.is_admin() AS is_admin))', NULL),
      ('models', 'models_select_available', 'is_available', NULL),
      ('quota_log', 'quota_log_select_own', '((user_id = ( SELECT auth.uid() AS uid)) OR ( SELECT vidops.is_admin() AS is_admin))', NULL),
      ('rate_limit_log', 'rate_limit_log_select_admin', '( SELECT vidops.is_admin() AS is_admin)', NULL),
      ('rate_limit_rules', 'rate_limit_rules_select_admin', '( SELECT vidops.is_admin() AS is_admin)', NULL),
      ('users', 'users_select_own', '((id = ( SELECT auth.uid() AS uid)) OR ( SELECT vidops.is_admin() AS is_admin))', NULL),
      ('users', 'users_update_own', '(id = ( SELECT auth.uid() AS uid))', '(id = ( SELECT auth.uid() AS uid))'),
      ('video_jobs', 'video_jobs_select_own', '(((user_id = ( SELECT auth.uid() AS uid)) AND (deleted_at IS NULL)) OR ( SELECT vidops.is_admin() AS is_admin))', NULL)
  ), tables as (
    select c.oid, c.relname::text as name, c.relrowsecurity, c.relacl, c.relowner
    from pg_catalog.pg_class c join guarded g on g.name = c.relname
    where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p')
  ), functions as (
    select p.oid, p.proname::text as name, p.proacl, p.proowner, p.proconfig, p.prosecdef
    from pg_catalog.pg_proc p
    where p.pronamespace = 'public'::regnamespace and p.proname in (select a.name from allowed_function a)
  )
  select 'table_grant', format('public.%I', t.name), format('%s may %s', r.name, x.privilege_type),
    format('revoke %s on public.%I from %s;', lower(x.privilege_type), t.name, r.name)
  from tables t
  cross join lateral aclexplode(coalesce(t.relacl, acldefault('r', t.relowner))) x
  join roles r on r.name = case x.grantee when 0 then 'public' else pg_get_userbyid(x.grantee) end
  where not exists (select from allowed_table a where (a.grantee, a.tab, a.privilege) = (r.name, t.name, x.privilege_type))
  union all
  select 'column_grant', format('public.%I.%I', t.name, a.attname), format('%s may %s', r.name, x.privilege_type),
    format('revoke %s (%I) on public.%I from %s;', lower(x.privilege_type), a.attname, t.name, r.name)
  from tables t
  join pg_catalog.pg_attribute a on a.attrelid = t.oid and a.attacl is not null and not a.attisdropped
  cross join lateral aclexplode(a.attacl) x
  join roles r on r.name = case x.grantee when 0 then 'public' else pg_get_userbyid(x.grantee) end
  where case r.name
    when 'service_role' then x.privilege_type <> 'SELECT' and exists (select from forbidden_column f where f.tab = t.name and a.attname like f.col and x.privilege_type like f.privilege)
    when 'authenticated' then not (t.name = 'users' and a.attname in ('language', 'theme_preference') and x.privilege_type = 'UPDATE')
    else true end
  union all
  select 'function_grant', f.oid::regprocedure::text, format('%s may execute', r.name),
    format('revoke execute on function %s from %s;', f.oid::regprocedure, r.name)
  from functions f
  cross join lateral aclexplode(coalesce(f.proacl, acldefault('f', f.proowner))) x
  join roles r on r.name = case x.grantee when 0 then 'public' else pg_get_userbyid(x.grantee) end
  where not exists (select from allowed_function a where (a.grantee, a.name) = (r.name, f.name))
  union all
  select 'function_overload', string_agg(f.oid::regprocedure::text, ' and '), 'two functions of one name: the Data API cannot choose',
    'Drop the one that vidops did not make.'
  from functions f group by f.name having count(*) > 1
  union all
  select 'function_search_path', f.oid::regprocedure::text, 'security definer without search_path = '''': a caller''s temp table can stand in for ours',
    format('alter function %s set search_path = '''';', f.oid::regprocedure)
  from functions f where f.prosecdef and not coalesce(f.proconfig @> array['search_path=""'], false)
  union all
  select 'security_definer_function', p.oid::regprocedure::text, 'runs as its owner, speaks of credits or admins, and ' || r.name || ' may execute it',
    format('revoke execute on function %s from public, anon, authenticated;', p.oid::regprocedure)
  from pg_catalog.pg_proc p
  cross join lateral (
    select string_agg(distinct case x.grantee when 0 then 'public' else pg_get_userbyid(x.grantee)::text end, ', ') as name
    from aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) x
    where x.grantee = 0 or pg_get_userbyid(x.grantee) in ('anon', 'authenticated')
  ) r
  where p.pronamespace = 'public'::regnamespace and p.prosecdef and r.name is not null
    and p.proname not in (select a.name from allowed_function a) and p.prosrc ~* 'credit|quota_log|is_admin'
  union all
  select 'view', v.oid::regclass::text, format('a view over %s that ignores its row level security, and %s may use it', string_agg(distinct t.name, ', '), string_agg(distinct r.name, ', ')),
    format('alter view %s set (security_invoker = true);', v.oid::regclass)
  from pg_catalog.pg_class v
  join pg_catalog.pg_rewrite w on w.ev_class = v.oid
  join pg_catalog.pg_depend d on d.classid = 'pg_catalog.pg_rewrite'::regclass and d.objid = w.oid
  join tables t on t.oid = d.refobjid
  cross join lateral aclexplode(coalesce(v.relacl, acldefault('r', v.relowner))) x
  join roles r on r.name = case x.grantee when 0 then 'public' else pg_get_userbyid(x.grantee) end
  where v.relkind = 'v' and r.name <> 'service_role'
    and not coalesce(v.reloptions && array['security_invoker=true', 'security_invoker=on'], false)
  group by v.oid
  union all
  select 'trigger', format('%I on %s', g.tgname, g.tgrelid::regclass), 'a trigger that vidops did not make and that speaks of credits: movements may be booked twice',
    format('drop trigger %I on %s;', g.tgname, g.tgrelid::regclass)
  from pg_catalog.pg_trigger g
  join tables t on t.oid = g.tgrelid
  join pg_catalog.pg_proc p on p.oid = g.tgfoid
  where not g.tgisinternal and p.pronamespace <> 'vidops'::regnamespace and p.prosrc ~* 'credit|quota_log'
  union all
  select 'row_level_security', format('public.%I', t.name), 'row level security is off', format('alter table public.%I enable row level security;', t.name)
  from tables t where not t.relrowsecurity
  union all
  select 'policy', format('%I on public.%I', p.policyname, p.tablename),
    'a policy that vidops did not make, or that was altered (then apply its migration again): policies add up, so it can only open more',
    format('drop policy %I on public.%I;', p.policyname, p.tablename)
  from pg_catalog.pg_policies p join guarded g on g.name = p.tablename
  where p.schemaname = 'public' and not exists (
    select from own_policy o
    where (o.tab, o.name, o.qual) = (p.tablename, p.policyname, p.qual) and o.with_check is not distinct from p.with_check)
  union all
  select 'append_only', 'public.' || e.tab, format('trigger %s is missing or not enabled always', e.tab || e.suffix),
    'Apply supabase/migrations again.'
  from (values ('quota_log', '_append_only'), ('quota_log', '_no_truncate'), ('admin_actions', '_append_only'), ('admin_actions', '_no_truncate')) as e(tab, suffix)
  where not exists (
    select from pg_catalog.pg_trigger t
    where t.tgrelid = to_regclass('public.' || e.tab) and t.tgname = e.tab || e.suffix and t.tgenabled = 'A')
  union all
  select 'action_chain', 'public.admin_actions', 'trigger admin_actions_chain is missing or off: acts are not chained', 'Apply supabase/migrations again.'
  where not exists (
    select from pg_catalog.pg_trigger t
    where t.tgrelid = to_regclass('public.admin_actions') and t.tgname = 'admin_actions_chain' and t.tgenabled in ('O', 'A'))
  union all
  select 'action_chain', 'public.admin_actions', 'the last action is not the head of the chain: one was taken out, or put in past it',
    'See which: vidops actions verify'
  from vidops.admin_action_chain c
  left join lateral (select a.chain_position, a.hash from public.admin_actions a order by a.chain_position desc limit 1) l on true
  where (c.position, c.hash) is distinct from (coalesce(l.chain_position, 0), coalesce(l.hash, repeat('0', 64)))
  union all
  select 'ban', 'public.video_jobs', 'trigger video_jobs_refuse_banned is missing or off: banned users start generations', 'Apply supabase/migrations again.'
  where not exists (
    select from pg_catalog.pg_trigger t
    where t.tgrelid = to_regclass('public.video_jobs') and t.tgname = 'video_jobs_refuse_banned' and t.tgenabled in ('O', 'A'))
  union all
  select 'job_states', 'public.' || e.tab, format('trigger %s is missing or off: %s', e.name, e.what), 'Apply supabase/migrations again.'
  from (values
    ('video_jobs', 'video_jobs_state', 'jobs may change from any state to any other'),
    ('video_jobs', 'video_jobs_first_state', 'a server may make jobs that have ended'),
    ('video_jobs', 'video_jobs_by_functions', 'a server may end a job without its refund'),
    ('idempotency_log', 'idempotency_log_by_functions', 'a server may have a key charged again'),
    ('users', 'users_closed_guest', 'credits may be booked to guests that are closed')) as e(tab, name, what)
  where not exists (
    select from pg_catalog.pg_trigger t
    where t.tgrelid = to_regclass('public.' || e.tab) and t.tgname = e.name and t.tgenabled in ('O', 'A'))
  union all
  select 'error_counting', 'public.error_log', format('trigger %s is missing or off: errors are not grouped and counted', e.name),
    'Apply supabase/migrations again, then: select vidops.recount_errors(''-infinity'', ''infinity'');'
  from (values ('error_log_prepare'), ('error_log_count')) as e(name)
  where not exists (
    select from pg_catalog.pg_trigger t
    where t.tgrelid = to_regclass('public.error_log') and t.tgname = e.name and t.tgenabled in ('O', 'A'));
$$;
revoke execute on function vidops.security_findings() from public, anon, authenticated, service_role;

create or replace function public.doctor_report()
returns jsonb language plpgsql stable security definer set search_path = '' as $$
begin
  perform vidops.require_operator();
  return jsonb_build_object(
    'success', true,
    'schema_version', vidops.schema_version(),
    'server_time', clock_timestamp(),
    'postgres_version', current_setting('server_version'),
    'role', case when auth.uid() is not null then 'admin' else 'service_role' end,
    'admins', (select count(*) from public.users where is_admin and banned_at is null),
    -- Charged, and no video after an hour: nothing settles what hangs. A thousand are as bad as more.
    'stuck_jobs', (
      select count(*) from (
        select from public.video_jobs j where j.status in ('pending', 'processing') and j.created_at < now() - interval '1 hour' limit 1000) j),
    'replaced_objects', (select count(*) from vidops.replaced_objects),
    'findings', (select coalesce(jsonb_agg(to_jsonb(f) order by f.kind, f.object, f.detail), '[]') from vidops.security_findings() f));
end $$;
revoke execute on function public.doctor_report() from public, anon;
grant execute on function public.doctor_report() to authenticated, service_role;
