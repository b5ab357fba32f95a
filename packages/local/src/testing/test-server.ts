import { readFileSync } from "node:fs";
import { chown } from "node:fs/promises";
import { join } from "node:path";
import { loadLite } from "../auth/auth-server.ts";
import { LocalError } from "../errors/local-error.ts";
import { generateKeys } from "../keys/stack-keys.ts";
import { applyMigrations } from "../migrations/apply-migrations.ts";
import { findMigrationsFolder } from "../migrations/migration-files.ts";
import { findPostgres } from "../postgres/binaries.ts";
import { connectionUrl } from "../postgres/connection-url.ts";
import { makeHostedDatabase, openSql } from "../postgres/hosted-database.ts";
import type { RolePasswords } from "../postgres/roles.ts";
import { startPostgres } from "../postgres/server.ts";
import { unprivilegedAccount } from "../postgres/unprivileged-account.ts";
import { makeWorkFolder } from "../postgres/work-folder.ts";
import { findPostgrest } from "../postgrest/binary.ts";
import { writePrivate } from "../state/data-folder.ts";
import { Supervisor } from "../supervisor/supervisor.ts";
import { createDatabase, templates } from "./databases.ts";

/** What a test needs to know of the Postgres that all tests share. */
export interface TestServer {
  readonly port: number;
  readonly passwords: RolePasswords;
  /** PostgREST's program, where the database's account can run it; null where there is none. */
  readonly postgrestFile: string | null;
  readonly migrationsFolder: string | null;
  /** Why the template has no migrations; null when it has. */
  readonly migrationFailure: string | null;
}

/** Names the file that tells test processes of the shared server. */
export const testServerVariable = "VIDOPS_TEST_SERVER";

/** A server that this process started, and what ends it. */
export interface OwnedTestServer {
  readonly server: TestServer;
  stop(): Promise<void>;
}

let own: Promise<OwnedTestServer> | null = null;

/**
 * The Postgres that tests share: the one that the test run's global setup started, else one that this process
 * starts now and that goes with it (or with stopTestServer).
 */
export async function testServer(): Promise<TestServer> {
  const file = process.env[testServerVariable];
  if (file !== undefined) return JSON.parse(readFileSync(file, "utf8")) as TestServer;
  own ??= startTestServer();
  return (await own).server;
}

/** Stops the server that testServer() started in this process, if it did. */
export async function stopTestServer(): Promise<void> {
  const owned = own;
  own = null;
  await (await owned)?.stop();
}

/**
 * Starts a throw-away Postgres with two templates: a hosted-like empty database, and one with all migrations.
 * It does not sync to disk: a crash of the machine loses it.
 *
 * @param onFile told the path of the file that describes the server, for other processes.
 */
export async function startTestServer(onFile: (path: string) => void = () => {}): Promise<OwnedTestServer> {
  loadLite().catch(() => {});
  const supervisor = await Supervisor.start();
  try {
    const account = unprivilegedAccount();
    const workFolder = await makeWorkFolder(supervisor, account);
    const { passwords } = await generateKeys();
    const [binaries, postgrestFile] = await Promise.all([
      findPostgres(workFolder, account),
      findPostgrest(workFolder, account),
    ]);
    const { port } = await startPostgres({
      ...{ supervisor, binaries, account, workFolder },
      clusterFolder: join(workFolder, "data"),
      adminPassword: passwords.supabase_admin,
      port: 0,
      durable: false,
      persistent: false,
      maxConnections: 300,
      logFile: null,
    });
    const migrationsFolder = findMigrationsFolder(undefined);
    const migrationFailure = await makeTemplates(port, passwords, migrationsFolder);
    const server: TestServer = { port, passwords, postgrestFile, migrationsFolder, migrationFailure };
    const file = join(workFolder, "test-server.json");
    await writePrivate(file, JSON.stringify(server));
    if (account !== null) await chown(file, account.uid, account.gid);
    onFile(file);
    supervisor.unref();
    return { server, stop: () => supervisor.close() };
  } catch (error) {
    await supervisor.close();
    throw error;
  }
}

async function makeTemplates(
  port: number,
  passwords: RolePasswords,
  migrations: string | null,
): Promise<string | null> {
  const admin = openSql(connectionUrl({ port, user: "supabase_admin", password: passwords.supabase_admin }));
  try {
    await admin`create database ${admin(templates.empty)}`;
  } finally {
    await admin.end({ timeout: 1 });
  }
  await makeHostedDatabase({ port, passwords, database: templates.empty });
  await createDatabase({ port, passwords }, { name: templates.migrated, template: templates.empty });
  const sql = openSql(
    connectionUrl({ port, user: "postgres", password: passwords.postgres, database: templates.migrated }),
  );
  try {
    await applyMigrations(sql, migrations);
    return null;
  } catch (error) {
    if (!(error instanceof LocalError)) throw error;
    // Tests of an empty database can run all the same; the others say why they cannot.
    return error.message;
  } finally {
    await sql.end({ timeout: 1 });
  }
}
