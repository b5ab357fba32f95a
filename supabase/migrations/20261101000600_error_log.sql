-- Errors that users met, kept 90 days, for ops.

create table if not exists public.error_log (
  id bigserial primary key
);
alter table public.error_log
  add column if not exists user_id uuid,
  add column if not exists error_code text,
  add column if not exists endpoint text,
  add column if not exists request_data jsonb,
  add column if not exists error_details jsonb,
  add column if not exists created_at timestamptz;

select vidops.adopt_column('public.error_log', 'created_at', 'now()');
select vidops.adopt_constraint('public.error_log', c.name, c.definition)
from (values
  ('error_log_error_code_check', 'check (error_code is not null and error_code <> '''')'),
  ('error_log_endpoint_check', 'check (endpoint is not null and endpoint <> '''')')
) as c(name, definition);
select vidops.adopt_foreign_key('public.error_log', 'user_id', 'public.users (id)');

create index if not exists idx_error_code on public.error_log (error_code);
create index if not exists idx_error_user on public.error_log (user_id, created_at desc);
create index if not exists error_log_created_idx on public.error_log (created_at);
