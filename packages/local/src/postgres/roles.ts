/** Passwords of the roles that log in. */
export interface RolePasswords {
  readonly supabase_admin: string;
  readonly postgres: string;
  readonly authenticator: string;
  readonly supabase_auth_admin: string;
}

/**
 * The roles of a hosted project, with the settings it gives them. Roles belong to the whole server, so this
 * runs once in a cluster's life, as supabase_admin.
 *
 * @param passwords made of characters that need no quoting in SQL.
 */
export function rolesSql(passwords: RolePasswords): string {
  for (const password of Object.values(passwords)) {
    if (!/^[\w-]+$/.test(password))
      throw new Error("a role's password holds characters that SQL would have to quote");
  }
  return `
    create role anon nologin noinherit;
    create role authenticated nologin noinherit;
    create role service_role nologin noinherit bypassrls;
    create role authenticator login noinherit password '${passwords.authenticator}';
    create role supabase_auth_admin login noinherit createrole password '${passwords.supabase_auth_admin}';
    create role postgres login nosuperuser createdb createrole replication bypassrls password '${passwords.postgres}';
    grant anon, authenticated, service_role to authenticator;
    grant anon, authenticated, service_role to postgres with admin option;
    grant pg_monitor, pg_read_all_data, pg_signal_backend to postgres;
    alter role anon set statement_timeout = '3s';
    alter role authenticated set statement_timeout = '8s';
    alter role authenticator set statement_timeout = '8s';
    alter role authenticator set lock_timeout = '8s';
    alter role postgres set search_path = "$user", public, extensions;
    alter role supabase_auth_admin set search_path = auth;
    alter role supabase_auth_admin set idle_in_transaction_session_timeout = 60000;
  `;
}

/**
 * What a hosted project's database holds before the first migration, apart from the tables of Auth.
 *
 * @param legacyDefaultPrivileges as projects made before 2026-10-30 have them: every new object in schema
 *   public is granted to anon, authenticated and service_role. Newer projects grant nothing by themselves.
 */
export function databaseSql({ legacyDefaultPrivileges }: { legacyDefaultPrivileges: boolean }): string {
  return `
    grant usage on schema public to postgres, anon, authenticated, service_role;
    create schema extensions authorization postgres;
    grant usage on schema extensions to anon, authenticated, service_role;
    create extension pgcrypto with schema extensions;
    create extension "uuid-ossp" with schema extensions;
    create schema supabase_migrations authorization postgres;
    create table supabase_migrations.schema_migrations (version text primary key, statements text[], name text);
    alter table supabase_migrations.schema_migrations owner to postgres;
    ${legacyDefaultPrivileges ? legacyDefaultPrivilegesSql : ""}
  `;
}

/** Hosted Supabase's old defaults, for the objects that role postgres makes in schema public. */
export const legacyDefaultPrivilegesSql: string = ["tables", "functions", "sequences"]
  .map(
    (kind) =>
      `alter default privileges for role postgres in schema public grant all on ${kind} to postgres, anon, authenticated, service_role;`,
  )
  .join("\n");
