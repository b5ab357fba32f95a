-- Who has credits. The balance lives on this row so that one guarded update decides every spend; the ledger (quota_log)
-- explains it. id equals the auth uid; there is no foreign key to auth.users, so that deleting a sign-in can neither fail on
-- nor take away a person's ledger.

create table if not exists public.users (
  id uuid primary key default gen_random_uuid()
);
alter table public.users
  add column if not exists email text,
  add column if not exists device_id text,
  add column if not exists apple_sub text,
  add column if not exists is_guest boolean,
  add column if not exists tier text,
  add column if not exists credits_remaining integer,
  add column if not exists credits_total integer,
  add column if not exists initial_grant_claimed boolean,
  add column if not exists language text,
  add column if not exists theme_preference text,
  add column if not exists is_admin boolean,
  add column if not exists created_at timestamptz,
  add column if not exists updated_at timestamptz,
  add column if not exists banned_at timestamptz,
  add column if not exists ban_reason text;

do $$
declare
  v_constraint record;
begin
  for v_constraint in
    select conname, pg_catalog.pg_get_constraintdef(oid) as definition from pg_catalog.pg_constraint
    where conrelid = 'public.users'::regclass and contype = 'f' and confrelid = to_regclass('auth.users')
  loop
    insert into vidops.replaced_objects (kind, name, definition)
    values ('constraint', format('%I on public.users', v_constraint.conname), v_constraint.definition);
    execute format('alter table public.users drop constraint %I', v_constraint.conname);
  end loop;
end $$;

-- The default balance is 0: credits come from add_credits(), which writes the ledger row that explains them.
select vidops.adopt_column('public.users', c.name, c.default_value)
from (values
  ('is_guest', 'true'), ('tier', '''free'''), ('credits_remaining', '0'), ('credits_total', '0'),
  ('initial_grant_claimed', 'false'), ('language', '''en'''), ('theme_preference', '''system'''), ('is_admin', 'false'),
  ('created_at', 'now()'), ('updated_at', 'now()')
) as c(name, default_value);

select vidops.adopt_constraint('public.users', c.name, c.definition)
from (values
  ('users_tier_check', 'check (tier in (''free'', ''premium''))'),
  ('users_language_check', 'check (language in (''en'', ''tr'', ''es''))'),
  ('users_theme_preference_check', 'check (char_length(theme_preference) between 1 and 40)'),
  ('users_credits_remaining_check', 'check (credits_remaining >= 0)'),
  ('users_credits_total_check', 'check (credits_total >= 0)'),
  ('users_ban_check', 'check (ban_reason is null or banned_at is not null)')
) as c(name, definition);

create unique index if not exists users_device_id_key on public.users (device_id);
create unique index if not exists users_apple_sub_key on public.users (apple_sub);
-- Not unique: two sign-in providers may bring the same address. find_user() says when an address is not one person's.
create index if not exists users_email_lower_idx on public.users (lower(email));
