/**
 * Runs after Auth made its tables: gives them to the role that owns them on hosted Supabase, opens the schema
 * as hosted does, and makes the functions read both ways of passing a token's claims. PostgREST sets
 * `request.jwt.claims` alone; the functions that Auth's own package makes read the older single settings.
 */
export const authSchemaSql: string = `
  do $$
  declare
    item record;
  begin
    for item in select format('%I.%I', schemaname, tablename) as name from pg_tables where schemaname = 'auth' loop
      execute 'alter table ' || item.name || ' owner to supabase_auth_admin';
    end loop;
  end
  $$;
  alter schema auth owner to supabase_auth_admin;

  create or replace function auth.uid() returns uuid language sql stable as $$
    select coalesce(
      nullif(current_setting('request.jwt.claim.sub', true), ''),
      (nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'sub')
    )::uuid
  $$;
  create or replace function auth.role() returns text language sql stable as $$
    select coalesce(
      nullif(current_setting('request.jwt.claim.role', true), ''),
      (nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'role')
    )::text
  $$;
  create or replace function auth.email() returns text language sql stable as $$
    select coalesce(
      nullif(current_setting('request.jwt.claim.email', true), ''),
      (nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'email')
    )::text
  $$;
  create or replace function auth.jwt() returns jsonb language sql stable as $$
    select coalesce(
      nullif(current_setting('request.jwt.claim', true), ''),
      nullif(current_setting('request.jwt.claims', true), '')
    )::jsonb
  $$;
  alter function auth.uid() owner to supabase_auth_admin;
  alter function auth.role() owner to supabase_auth_admin;
  alter function auth.email() owner to supabase_auth_admin;
  alter function auth.jwt() owner to supabase_auth_admin;

  grant usage on schema auth to anon, authenticated, service_role, postgres;
  grant execute on all functions in schema auth to public;
  grant all on all tables in schema auth to postgres;
  grant select on supabase_migrations.schema_migrations to supabase_auth_admin;
`;
