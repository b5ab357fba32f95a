-- The schema that holds what the Data API must never see, and the tools with which the next files take over tables that a
-- project may already have. On the first run, functions of the same names, policies of the tables, and
-- triggers on them that book credits are set aside, not lost: their definitions stay in vidops.replaced_objects. A forgotten
-- overload, an old `using (true)` or a trigger that books each ledger row a second time would undo everything below.

create schema if not exists vidops;
revoke all on schema vidops from public, anon;
grant usage on schema vidops to authenticated, service_role;

-- Adds a constraint in the place of the project's own of that name. Earlier rows that break it stop the migration and are named:
-- a constraint left unvalidated would refuse the next change of such a row, and that may be a refund.
create or replace function vidops.adopt_constraint(p_table regclass, p_name text, p_definition text)
returns void language plpgsql volatile set search_path = '' as $$
begin
  execute format('alter table %s drop constraint if exists %I', p_table, p_name);
  execute format('alter table %s add constraint %I %s', p_table, p_name, p_definition);
exception
  when check_violation or foreign_key_violation then
    raise exception 'vidops cannot adopt %: earlier rows break %: %', p_table, p_name, p_definition
      using errcode = sqlstate, hint = format('Find them with "select * from %s where not (…)", mend them, then apply the migrations again.', p_table);
end $$;

-- Like adopt_constraint for a foreign key of one column. Any other foreign key on that column goes: an old
-- `on delete cascade` would take ledger rows away with the user.
create or replace function vidops.adopt_foreign_key(p_table regclass, p_column text, p_references text)
returns void language plpgsql volatile set search_path = '' as $$
declare
  v_constraint text;
begin
  for v_constraint in
    select c.conname from pg_catalog.pg_constraint c
    join pg_catalog.pg_attribute a on a.attrelid = c.conrelid and a.attname = p_column
    where c.conrelid = p_table and c.contype = 'f' and c.conkey = array[a.attnum]
  loop
    execute format('alter table %s drop constraint %I', p_table, v_constraint);
  end loop;
  perform vidops.adopt_constraint(
    p_table,
    format('%s_%s_fkey', (select relname from pg_catalog.pg_class where oid = p_table), p_column),
    format('foreign key (%I) references %s', p_column, p_references));
end $$;

-- Gives a column its default and makes it not null, filling the nulls of earlier rows with that default.
create or replace function vidops.adopt_column(p_table regclass, p_column text, p_default text)
returns void language plpgsql volatile set search_path = '' as $$
begin
  execute format('alter table %s alter column %I set default %s', p_table, p_column, p_default);
  if exists (
    select from pg_catalog.pg_attribute
    where attrelid = p_table and attname = p_column and not attnotnull
  ) then
    execute format('update %s set %I = %s where %I is null', p_table, p_column, p_default, p_column);
    execute format('alter table %s alter column %I set not null', p_table, p_column);
  end if;
end $$;

revoke execute on function vidops.adopt_constraint(regclass, text, text) from public, anon, authenticated, service_role;
revoke execute on function vidops.adopt_foreign_key(regclass, text, text) from public, anon, authenticated, service_role;
revoke execute on function vidops.adopt_column(regclass, text, text) from public, anon, authenticated, service_role;

-- A column of another type cannot be taken over by guessing: stop before anything is changed and say which.
do $$
declare
  v_problems text;
begin
  select string_agg(format('%s.%s is %s, needed: %s', e.tab, e.col, pg_catalog.format_type(a.atttypid, a.atttypmod), e.typ), '; ')
  into v_problems
  from (values
    ('users', 'id', 'uuid'), ('users', 'credits_remaining', 'integer'), ('users', 'credits_total', 'integer'),
    ('models', 'id', 'uuid'), ('models', 'cost_per_generation', 'integer'),
    ('video_jobs', 'job_id', 'uuid'), ('video_jobs', 'user_id', 'uuid'), ('video_jobs', 'credits_used', 'integer'),
    ('quota_log', 'id', 'bigint'), ('idempotency_log', 'id', 'bigint'), ('quota_log', 'user_id', 'uuid'), ('quota_log', 'job_id', 'uuid'),
    ('quota_log', 'change', 'integer'), ('quota_log', 'balance_after', 'integer'), ('quota_log', 'transaction_id', 'text'),
    ('idempotency_log', 'user_id', 'uuid'), ('error_log', 'id', 'bigint'), ('rate_limit_log', 'id', 'bigint'),
    ('rate_limit_log', 'ip_address', 'inet'), ('admin_actions', 'id', 'bigint'), ('admin_actions', 'admin_user_id', 'uuid'),
    ('quota_log', 'created_at', 'timestamp with time zone'), ('video_jobs', 'created_at', 'timestamp with time zone'),
    ('idempotency_log', 'expires_at', 'timestamp with time zone'), ('error_log', 'created_at', 'timestamp with time zone'),
    ('rate_limit_log', 'created_at', 'timestamp with time zone'), ('admin_actions', 'created_at', 'timestamp with time zone')
  ) as e(tab, col, typ)
  join pg_catalog.pg_attribute a
    on a.attrelid = to_regclass('public.' || e.tab) and a.attname = e.col and not a.attisdropped
  where pg_catalog.format_type(a.atttypid, a.atttypmod) <> e.typ;
  if v_problems is not null then
    raise exception 'vidops cannot adopt this project as it is: %', v_problems
      using errcode = '42804', hint = 'Change the types of these columns (alter table … alter column … type …), then apply the migrations again.';
  end if;
end $$;

do $$
declare
  v_object record;
begin
  if to_regclass('vidops.replaced_objects') is not null then
    return;
  end if;
  create table vidops.replaced_objects (
    id bigserial primary key,
    kind text not null check (kind in ('function', 'policy', 'trigger', 'constraint')),
    name text not null,
    definition text not null,
    replaced_at timestamptz not null default now()
  );
  alter table vidops.replaced_objects enable row level security;
  revoke all on vidops.replaced_objects from public, anon, authenticated, service_role;

  for v_object in
    select t.tgname, t.tgrelid::regclass as tab, pg_catalog.pg_get_triggerdef(t.oid) as definition
    from pg_catalog.pg_trigger t
    join pg_catalog.pg_proc p on p.oid = t.tgfoid
    where not t.tgisinternal and p.prosrc ~* 'credit|quota_log' and t.tgrelid in (
      to_regclass('public.users'), to_regclass('public.video_jobs'), to_regclass('public.quota_log'),
      to_regclass('public.idempotency_log'), to_regclass('public.admin_actions'))
  loop
    insert into vidops.replaced_objects (kind, name, definition)
    values ('trigger', format('%I on %s', v_object.tgname, v_object.tab), v_object.definition);
    raise warning 'vidops: set aside trigger % on %', v_object.tgname, v_object.tab
      using hint = 'Its definition is kept in vidops.replaced_objects.';
    execute format('drop trigger %I on %s', v_object.tgname, v_object.tab);
  end loop;

  for v_object in
    select p.oid::regprocedure as name, pg_catalog.pg_get_functiondef(p.oid) as definition
    from pg_catalog.pg_proc p
    where p.pronamespace = 'public'::regnamespace and p.prokind = 'f' and p.proname in (
      'add_credits', 'deduct_credits', 'admin_refund_credits', 'audit_credits', 'find_user', 'doctor_report',
      'cleanup_rate_limit_logs', 'cleanup_expired_idempotency_keys', 'cleanup_error_log')
  loop
    insert into vidops.replaced_objects (kind, name, definition) values ('function', v_object.name, v_object.definition);
    raise warning 'vidops: set aside function %', v_object.name using hint = 'Its definition is kept in vidops.replaced_objects.';
    execute format('drop function %s', v_object.name);
  end loop;

  for v_object in
    select p.tablename, p.policyname,
      format('create policy %I on public.%I as %s for %s to %s%s%s;', p.policyname, p.tablename, p.permissive, p.cmd,
        array_to_string(array(select quote_ident(r) from unnest(p.roles) r), ', '),
        ' using (' || p.qual || ')', ' with check (' || p.with_check || ')') as definition
    from pg_catalog.pg_policies p
    where p.schemaname = 'public' and p.tablename in (
      'users', 'models', 'video_jobs', 'quota_log', 'idempotency_log', 'error_log', 'rate_limit_log', 'admin_actions')
  loop
    insert into vidops.replaced_objects (kind, name, definition)
    values ('policy', format('%I on public.%I', v_object.policyname, v_object.tablename), v_object.definition);
    raise warning 'vidops: set aside policy % on %', v_object.policyname, v_object.tablename
      using hint = 'Its definition is kept in vidops.replaced_objects.';
    execute format('drop policy %I on public.%I', v_object.policyname, v_object.tablename);
  end loop;
end $$;
