import { type AuthServer, startAuth } from "../auth/auth-server.ts";
import { secret } from "../keys/stack-keys.ts";
import { openSql } from "../postgres/hosted-database.ts";
import type { RestEngine, RestEnginePlan } from "./rest-engine-contract.ts";

const role = "vidops_data_api";

/**
 * The Data API of @supabase/lite, for platforms that PostgREST has no build for.
 *
 * It connects as a role of its own that may see and do what the API roles may, and can grant nothing: given a role
 * that owns tables, lite would grant all on every table to anon as soon as one has row level security.
 */
export async function startLiteEngine(plan: RestEnginePlan): Promise<RestEngine> {
  const password = secret(24);
  const admin = openSql(plan.adminUrl);
  try {
    const [known] = await admin`select 1 from pg_roles where rolname = ${role}`;
    if (known === undefined)
      await admin.unsafe(`create role ${role} login inherit in role anon, authenticated, service_role`);
    await admin.unsafe(`
      alter role ${role} password '${password}';
      grant usage on schema auth to ${role};
      grant select on all tables in schema auth to ${role};
    `);
  } finally {
    await admin.end({ timeout: 1 });
  }
  const url = new URL(plan.databaseUrl);
  url.username = role;
  url.password = password;
  let server: Promise<AuthServer> | null = null;
  return {
    name: "lite",
    service: async (request) => {
      // Started late: it reads the schema once, and migrations still run when the engine is made.
      server ??= startAuth({ ...plan, databaseUrl: url.href });
      return (await server).handle(request);
    },
    exited: new Promise(() => {}),
    reloadSchema: async () => {
      const old = server;
      server = null;
      await (await old)?.close();
    },
    close: async () => (await server)?.close(),
  };
}
