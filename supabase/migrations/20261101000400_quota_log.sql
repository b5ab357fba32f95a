-- The credit ledger: one row for every change of a balance, never altered, never removed. For each user sum(change), the last
-- balance_after and users.credits_remaining are one number; audit_credits() proves it.

create table if not exists public.quota_log (
  id bigserial primary key
);
alter table public.quota_log
  add column if not exists user_id uuid,
  add column if not exists job_id uuid,
  add column if not exists change integer,
  add column if not exists reason text,
  add column if not exists transaction_id text,
  add column if not exists balance_after integer,
  add column if not exists created_at timestamptz,
  add column if not exists admin_action_id bigint;

-- A project that adopts this may have appended rows to an append-only ledger only: fill created_at before the triggers exist.
do $$
begin
  if not exists (select from pg_catalog.pg_trigger where tgrelid = 'public.quota_log'::regclass and tgname = 'quota_log_append_only') then
    perform vidops.adopt_column('public.quota_log', 'created_at', 'now()');
  end if;
end $$;

select vidops.adopt_constraint('public.quota_log', c.name, c.definition)
from (values
  ('quota_log_user_id_check', 'check (user_id is not null)'),
  ('quota_log_change_check', 'check (change is not null and (change <> 0 or reason = ''opening_balance''))'),
  ('quota_log_reason_check', 'check (reason is not null and reason <> '''')'),
  ('quota_log_balance_after_check', 'check (balance_after >= 0)')
) as c(name, definition);
select vidops.adopt_foreign_key('public.quota_log', 'user_id', 'public.users (id)');
select vidops.adopt_foreign_key('public.quota_log', 'job_id', 'public.video_jobs (job_id)');

-- Partial: most rows are spends, which no store knows of, and each index entry is paid for while the user's row is locked.
create unique index if not exists quota_log_transaction_id_key on public.quota_log (transaction_id) where transaction_id is not null;
create index if not exists quota_log_user_idx on public.quota_log (user_id, id desc);
create index if not exists quota_log_job_idx on public.quota_log (job_id) where job_id is not null;

-- One function for every append-only table. It refuses each role, the owner and service_role included; ENABLE ALWAYS keeps
-- it on under session_replication_role = replica.
create or replace function vidops.refuse_change()
returns trigger language plpgsql volatile set search_path = '' as $$
begin
  raise exception '% is append-only: % is refused', tg_table_name, tg_op
    using errcode = '42501', hint = 'Write a compensating entry instead.';
end $$;
revoke execute on function vidops.refuse_change() from public, anon, authenticated, service_role;

-- Balances that were there before the ledger explained them get an opening entry, and refunds made before the cap existed
-- are counted into it, so that the books are provable from here on.
do $$
begin
  if exists (select from pg_catalog.pg_trigger where tgrelid = 'public.quota_log'::regclass and tgname = 'quota_log_append_only') then
    return;
  end if;
  insert into public.quota_log (user_id, change, reason, balance_after)
  select u.id, u.credits_remaining - coalesce(l.total, 0), 'opening_balance', u.credits_remaining
  from public.users u
  left join (
    select user_id, sum(change) as total, (array_agg(balance_after order by id desc))[1] as last_balance
    from public.quota_log group by user_id
  ) l on l.user_id = u.id
  where u.credits_remaining <> coalesce(l.total, 0) or (l.user_id is not null and l.last_balance is distinct from u.credits_remaining);

  update public.video_jobs j
  set credits_refunded = least(j.credits_used, r.given_back),
    refunded_unfinished_at = case when j.status <> 'completed' then now() end
  from (
    select job_id, sum(change) as given_back from public.quota_log where job_id is not null and change > 0 group by job_id
  ) r
  where r.job_id = j.job_id and j.credits_refunded = 0 and j.credits_used > 0;
end $$;

create or replace trigger quota_log_append_only before update or delete on public.quota_log
  for each row execute function vidops.refuse_change();
create or replace trigger quota_log_no_truncate before truncate on public.quota_log
  for each statement execute function vidops.refuse_change();
alter table public.quota_log enable always trigger quota_log_append_only;
alter table public.quota_log enable always trigger quota_log_no_truncate;
