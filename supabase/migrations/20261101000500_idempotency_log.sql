-- Answers that were given to end users' operations, so that a retry gets the same answer instead of a second charge. Keys
-- belong to one user and one operation and expire after 24 h; refunds do not use this table, their keys never expire.

create table if not exists public.idempotency_log (
  id bigserial primary key
);
alter table public.idempotency_log
  add column if not exists idempotency_key text,
  add column if not exists user_id uuid,
  add column if not exists job_id uuid,
  add column if not exists operation_type text,
  add column if not exists response_data jsonb,
  add column if not exists status_code integer,
  add column if not exists created_at timestamptz,
  add column if not exists expires_at timestamptz,
  add column if not exists request_hash text;

-- An adopted table may have the key alone, as a uuid, for its primary key: then one user's key would refuse another's.
do $$
declare
  v_primary_key text;
begin
  if not exists (select from pg_catalog.pg_attribute where attrelid = 'public.idempotency_log'::regclass and attname = 'id' and not attisdropped) then
    select conname into v_primary_key from pg_catalog.pg_constraint
    where conrelid = 'public.idempotency_log'::regclass and contype = 'p';
    if v_primary_key is not null then
      execute format('alter table public.idempotency_log drop constraint %I', v_primary_key);
    end if;
    alter table public.idempotency_log add column id bigserial primary key;
  end if;
  if (select atttypid from pg_catalog.pg_attribute where attrelid = 'public.idempotency_log'::regclass and attname = 'idempotency_key') <> 'text'::regtype then
    alter table public.idempotency_log alter column idempotency_key type text using idempotency_key::text;
  end if;
end $$;

select vidops.adopt_column('public.idempotency_log', c.name, c.default_value)
from (values ('created_at', 'now()'), ('expires_at', 'now() + interval ''24 hours''')) as c(name, default_value);

select vidops.adopt_constraint('public.idempotency_log', c.name, c.definition)
from (values
  ('idempotency_log_key_check', 'check (idempotency_key is not null and char_length(idempotency_key) between 1 and 200)'),
  ('idempotency_log_operation_type_check', 'check (operation_type is not null and operation_type <> '''')')
) as c(name, definition);
select vidops.adopt_foreign_key('public.idempotency_log', 'user_id', 'public.users (id)');
select vidops.adopt_foreign_key('public.idempotency_log', 'job_id', 'public.video_jobs (job_id)');

create unique index if not exists idempotency_log_user_operation_key
  on public.idempotency_log (user_id, operation_type, idempotency_key) nulls not distinct;
create index if not exists idempotency_log_expires_idx on public.idempotency_log (expires_at);
