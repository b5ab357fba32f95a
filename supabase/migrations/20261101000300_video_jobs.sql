-- One row a generation: what was asked, what it cost, what came of it. credits_refunded is the cap that makes an over-refund
-- impossible: it lives on the row that a refund locks, and can never pass credits_used.

create table if not exists public.video_jobs (
  job_id uuid primary key default gen_random_uuid()
);
alter table public.video_jobs
  add column if not exists user_id uuid,
  add column if not exists model_id uuid,
  add column if not exists prompt text,
  add column if not exists settings jsonb,
  add column if not exists status text,
  add column if not exists video_url text,
  add column if not exists thumbnail_url text,
  add column if not exists credits_used integer,
  add column if not exists error_message text,
  add column if not exists provider_job_id text,
  add column if not exists created_at timestamptz,
  add column if not exists completed_at timestamptz,
  add column if not exists credits_refunded integer,
  -- When credits of a job that had not delivered were given back: if it completes after all, somebody has a free video.
  add column if not exists refunded_unfinished_at timestamptz;

select vidops.adopt_column('public.video_jobs', c.name, c.default_value)
from (values
  ('settings', '''{}''::jsonb'), ('status', '''pending'''), ('credits_used', '0'), ('credits_refunded', '0'), ('created_at', 'now()')
) as c(name, default_value);

select vidops.adopt_constraint('public.video_jobs', c.name, c.definition)
from (values
  ('video_jobs_user_id_check', 'check (user_id is not null)'),
  ('video_jobs_model_id_check', 'check (model_id is not null)'),
  ('video_jobs_status_check', 'check (status in (''pending'', ''processing'', ''completed'', ''failed''))'),
  ('video_jobs_credits_used_check', 'check (credits_used >= 0)'),
  ('video_jobs_credits_refunded_check', 'check (credits_refunded between 0 and credits_used)')
) as c(name, definition);
select vidops.adopt_foreign_key('public.video_jobs', 'user_id', 'public.users (id)');
select vidops.adopt_foreign_key('public.video_jobs', 'model_id', 'public.models (id)');

create index if not exists video_jobs_user_idx on public.video_jobs (user_id, created_at desc, job_id desc);
create index if not exists video_jobs_model_idx on public.video_jobs (model_id, created_at desc);
create index if not exists video_jobs_status_idx on public.video_jobs (status, created_at desc);
create index if not exists video_jobs_refunded_unfinished_idx on public.video_jobs (refunded_unfinished_at)
  where refunded_unfinished_at is not null;
