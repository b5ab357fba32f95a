-- What is sold: the providers' models and what one generation costs in credits.

create table if not exists public.models (
  id uuid primary key default gen_random_uuid()
);
alter table public.models
  add column if not exists name text,
  add column if not exists category text,
  add column if not exists description text,
  add column if not exists cost_per_generation integer,
  add column if not exists provider text,
  add column if not exists provider_model_id text,
  add column if not exists is_featured boolean,
  add column if not exists is_available boolean,
  add column if not exists thumbnail_url text,
  add column if not exists created_at timestamptz;

select vidops.adopt_column('public.models', c.name, c.default_value)
from (values ('is_featured', 'false'), ('is_available', 'true'), ('created_at', 'now()')) as c(name, default_value);

select vidops.adopt_constraint('public.models', c.name, c.definition)
from (values
  ('models_name_check', 'check (name is not null and name <> '''')'),
  ('models_cost_per_generation_check', 'check (cost_per_generation is not null and cost_per_generation > 0)'),
  ('models_provider_check', 'check (provider is not null and provider in (''fal'', ''runway'', ''pika''))'),
  ('models_provider_model_id_check', 'check (provider_model_id is not null and provider_model_id <> '''')')
) as c(name, definition);
