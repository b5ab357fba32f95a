import { setTimeout as sleep } from "node:timers/promises";
import type { Sql } from "postgres";
import { connectionUrl } from "../postgres/connection-url.ts";
import { openSql } from "../postgres/hosted-database.ts";
import type { RolePasswords } from "../postgres/roles.ts";
import { loadDemoData } from "../seed/demo-data.ts";

/** The databases that tests clone. */
export const templates = { empty: "vidops_empty", migrated: "vidops_migrated", demo: "vidops_demo" } as const;

/** Where the shared Postgres is, and how to get in. */
interface ServerAccess {
  readonly port: number;
  readonly passwords: RolePasswords;
}

/** Makes a database from a template, owned by role postgres. */
export async function createDatabase(
  server: ServerAccess,
  { name, template }: { name: string; template: string },
): Promise<void> {
  await asAdmin(server, (admin) => clone(admin, name, template));
}

/** Drops a database, and whoever is still connected to it. */
export async function dropDatabase(server: ServerAccess, name: string): Promise<void> {
  await asAdmin(server, (admin) => admin`drop database if exists ${admin(name)} with (force)`);
}

/** Makes the template with the demo data, once for all processes. */
export async function ensureDemoTemplate(
  server: ServerAccess & { readonly migrationsFolder: string | null },
): Promise<void> {
  await asAdmin(server, async (admin) => {
    await admin`select pg_advisory_lock(hashtext(${templates.demo}))`;
    const [made] = await admin`select 1 from pg_database where datname = ${templates.demo}`;
    if (made !== undefined) return;
    const unfinished = `${templates.demo}_new`;
    await admin`drop database if exists ${admin(unfinished)} with (force)`;
    await clone(admin, unfinished, templates.migrated);
    const { port, passwords } = server;
    const sql = openSql(
      connectionUrl({ port, user: "postgres", password: passwords.postgres, database: unfinished }),
    );
    try {
      await loadDemoData(sql, server.migrationsFolder);
    } finally {
      await sql.end({ timeout: 1 });
    }
    await admin`alter database ${admin(unfinished)} rename to ${admin(templates.demo)}`;
  });
}

async function clone(admin: Sql, name: string, template: string): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await admin`create database ${admin(name)} template ${admin(template)} owner postgres`;
      return;
    } catch (error) {
      // 55006: a connection to the template is still closing.
      if ((error as { code?: string }).code !== "55006" || attempt === 20) throw error;
      await sleep(50);
    }
  }
}

async function asAdmin<T>({ port, passwords }: ServerAccess, work: (admin: Sql) => Promise<T>): Promise<T> {
  const admin = openSql(connectionUrl({ port, user: "supabase_admin", password: passwords.supabase_admin }));
  try {
    return await work(admin);
  } finally {
    await admin.end({ timeout: 1 });
  }
}
