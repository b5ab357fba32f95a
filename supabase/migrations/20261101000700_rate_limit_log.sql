-- Requests that a limit counted or refused, kept 7 days.

create table if not exists public.rate_limit_log (
  id bigserial primary key
);
alter table public.rate_limit_log
  add column if not exists ip_address inet,
  add column if not exists action text,
  add column if not exists user_id uuid,
  add column if not exists created_at timestamptz,
  add column if not exists allowed boolean;

select vidops.adopt_column('public.rate_limit_log', c.name, c.default_value)
from (values ('created_at', 'now()'), ('allowed', 'true')) as c(name, default_value);
select vidops.adopt_constraint('public.rate_limit_log', c.name, c.definition)
from (values
  ('rate_limit_log_subject_check', 'check (ip_address is not null or user_id is not null)'),
  ('rate_limit_log_action_check', 'check (action is not null and action <> '''')')
) as c(name, definition)
-- A later migration takes it away: applied again, this one must not bring it back.
where c.name <> 'rate_limit_log_subject_check' or to_regclass('vidops.rate_limit_state') is null;
select vidops.adopt_foreign_key('public.rate_limit_log', 'user_id', 'public.users (id)');

create index if not exists idx_rate_limit_ip_action on public.rate_limit_log (ip_address, action, created_at);
create index if not exists rate_limit_log_created_idx on public.rate_limit_log (created_at);
