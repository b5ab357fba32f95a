-- The audit trail: who did what to whom, and why. Rows are written by the functions that act, in the same transaction, and
-- never altered. A refund's idempotency key lives here, not in idempotency_log, because it must never expire.

create table if not exists public.admin_actions (
  id bigserial primary key
);
alter table public.admin_actions
  add column if not exists admin_user_id uuid,
  add column if not exists action_type text,
  add column if not exists target_user_id uuid,
  add column if not exists target_model_id uuid,
  add column if not exists amount integer,
  add column if not exists reason text,
  add column if not exists details jsonb,
  add column if not exists created_at timestamptz,
  add column if not exists target_job_id uuid,
  add column if not exists reason_code text,
  add column if not exists idempotency_key text,
  add column if not exists request_hash text,
  add column if not exists run_id text;

do $$
begin
  if not exists (select from pg_catalog.pg_trigger where tgrelid = 'public.admin_actions'::regclass and tgname = 'admin_actions_append_only') then
    perform vidops.adopt_column('public.admin_actions', 'details', '''{}''::jsonb');
    perform vidops.adopt_column('public.admin_actions', 'created_at', 'now()');
  end if;
end $$;

select vidops.adopt_constraint('public.admin_actions', c.name, c.definition)
from (values
  ('admin_actions_admin_user_id_check', 'check (admin_user_id is not null)'),
  ('admin_actions_action_type_check', 'check (action_type is not null and action_type in (''credit_refund'', ''credit_adjustment'', '
    '''model_disable'', ''model_enable'', ''user_ban'', ''user_unban''))'),
  ('admin_actions_reason_check', 'check (reason is not null and reason ~ ''\S'')')
) as c(name, definition)
-- Later migrations allow more: applied again, this one must not take that back.
where case c.name
  when 'admin_actions_action_type_check' then to_regclass('vidops.rate_limit_state') is null
  when 'admin_actions_admin_user_id_check' then to_regclass('vidops.admin_action_chain') is null
  else true end;
select vidops.adopt_foreign_key('public.admin_actions', 'admin_user_id', 'public.users (id)');
select vidops.adopt_foreign_key('public.admin_actions', 'target_user_id', 'public.users (id)');
select vidops.adopt_foreign_key('public.admin_actions', 'target_model_id', 'public.models (id)');
select vidops.adopt_foreign_key('public.admin_actions', 'target_job_id', 'public.video_jobs (job_id)');
select vidops.adopt_foreign_key('public.quota_log', 'admin_action_id', 'public.admin_actions (id)');

create index if not exists idx_admin_actions_admin on public.admin_actions (admin_user_id, created_at desc);
create index if not exists idx_admin_actions_target_user on public.admin_actions (target_user_id, created_at desc);
create index if not exists admin_actions_target_job_idx on public.admin_actions (target_job_id) where target_job_id is not null;
create unique index if not exists admin_actions_idempotency_key on public.admin_actions (idempotency_key);

create or replace trigger admin_actions_append_only before update or delete on public.admin_actions
  for each row execute function vidops.refuse_change();
create or replace trigger admin_actions_no_truncate before truncate on public.admin_actions
  for each statement execute function vidops.refuse_change();
alter table public.admin_actions enable always trigger admin_actions_append_only;
alter table public.admin_actions enable always trigger admin_actions_no_truncate;
