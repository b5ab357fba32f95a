import postgres, { type Sql } from "postgres";
import { startAuth } from "../auth/auth-server.ts";
import { authSchemaSql } from "../auth/schema.ts";
import { storageSchemaSql } from "../storage/schema.ts";
import { connectionUrl } from "./connection-url.ts";
import { databaseSql, type RolePasswords, rolesSql } from "./roles.ts";

/** A database to be made like a hosted project's. */
export interface HostedDatabasePlan {
  readonly port: number;
  readonly passwords: RolePasswords;
  readonly database?: string;
  readonly legacyDefaultPrivileges?: boolean;
}

/**
 * Opens a connection that says nothing on stdout.
 *
 * @param max how many connections; 1 where session settings matter.
 */
export function openSql(url: string, max: number = 1): Sql {
  return postgres(url, { max, onnotice: () => {}, connection: { application_name: "vidops-local" } });
}

/**
 * Makes roles, schemas, extensions and Auth's tables where they are missing. What is there stays untouched, so it
 * may run at each start.
 */
export async function makeHostedDatabase(plan: HostedDatabasePlan): Promise<void> {
  const { port, passwords, database = "postgres" } = plan;
  const adminUrl = connectionUrl({
    port,
    user: "supabase_admin",
    password: passwords.supabase_admin,
    database,
  });
  const admin = openSql(adminUrl);
  try {
    const [state] = await admin`
      select exists (select from pg_roles where rolname = 'authenticator') as roles,
        to_regclass('supabase_migrations.schema_migrations') is not null as database,
        to_regprocedure('auth.uid()') is not null and to_regclass('auth.users') is not null as auth,
        to_regclass('storage.objects') is not null as storage`;
    if (!state?.roles) await admin.unsafe(rolesSql(passwords));
    if (!state?.database) {
      await admin`alter database ${admin(database)} owner to postgres`;
      await admin.unsafe(databaseSql({ legacyDefaultPrivileges: plan.legacyDefaultPrivileges ?? false }));
    }
    if (!state?.auth) await makeAuthSchema(admin, adminUrl);
    if (!state?.storage) await admin.unsafe(storageSchemaSql);
  } finally {
    await admin.end({ timeout: 1 });
  }
}

async function makeAuthSchema(admin: Sql, adminUrl: string): Promise<void> {
  const auth = await startAuth({
    databaseUrl: adminUrl,
    jwtSecret: "unused while making tables, no token is signed",
    siteUrl: "http://127.0.0.1",
  });
  try {
    await auth.ensureSchema();
  } finally {
    await auth.close();
  }
  await admin.unsafe(authSchemaSql);
}
