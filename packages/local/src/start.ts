import { join, resolve } from "node:path";
import type { Sql } from "postgres";
import { abortable, interrupted } from "./abortable.ts";
import { type AuthServer, loadLite, startAuth } from "./auth/auth-server.ts";
import type { DevelopmentProvider } from "./development-provider/development-provider.ts";
import { LocalError, LocalErrorCode } from "./errors/local-error.ts";
import { type StackFunctions, stackFunctions } from "./functions/stack-functions.ts";
import { type Gateway, startGateway } from "./gateway/gateway.ts";
import { generateKeys, type StackKeys, signToken } from "./keys/stack-keys.ts";
import type { LocalStack, StartOptions } from "./local-stack.ts";
import { applyMigrations } from "./migrations/apply-migrations.ts";
import { findMigrationsFolder } from "./migrations/migration-files.ts";
import { choosePort } from "./ports/ports.ts";
import { findPostgres } from "./postgres/binaries.ts";
import { connectionUrl } from "./postgres/connection-url.ts";
import { makeHostedDatabase, openSql } from "./postgres/hosted-database.ts";
import { type PostgresServer, startPostgres } from "./postgres/server.ts";
import { unprivilegedAccount } from "./postgres/unprivileged-account.ts";
import { makeWorkFolder } from "./postgres/work-folder.ts";
import { startRestEngine } from "./postgrest/rest-engine.ts";
import type { RestEngine } from "./postgrest/rest-engine-contract.ts";
import { createAccount } from "./seed/accounts.ts";
import { loadDemoData } from "./seed/demo-data.ts";
import { type DataFolder, loadKeys, openDataFolder } from "./state/data-folder.ts";
import { defaultDataFolder } from "./state/folders.ts";
import { announceStack } from "./state/state-file.ts";
import { type StorageServer, startStorage } from "./storage/storage-server.ts";
import { Supervisor } from "./supervisor/supervisor.ts";

/**
 * Starts an embedded Supabase: Postgres, PostgREST, Auth, and one gateway. All of it goes when the stack is
 * stopped, or when this process ends in whatever way.
 *
 * @returns the stack, ready for requests.
 * @throws LocalError with what is in the way and the way out.
 * @example
 * await using stack = await startLocal({ ephemeral: true, port: 0, dbPort: 0 });
 * const users = await fetch(`${stack.url}/rest/v1/users`, { headers: { apikey: stack.secretKey } });
 */
export async function startLocal(options: StartOptions = {}): Promise<LocalStack> {
  checkPort(options.port, "port");
  checkPort(options.dbPort, "dbPort");
  const start = new Start(options);
  try {
    return await abortable(start.run(), options.signal);
  } catch (error) {
    await start.stop();
    throw error;
  }
}

class Start {
  readonly #options: StartOptions;
  readonly #tell: (message: string) => void;
  #supervisor: Supervisor | null = null;
  #gateway: Gateway | null = null;
  #auth: AuthServer | null = null;
  #storage: StorageServer | null = null;
  #functions: StackFunctions | null = null;
  #rest: RestEngine | null = null;
  #filling: Sql | null = null;
  #withdraw: () => Promise<void> = async () => {};
  #stopped: Promise<void> | null = null;

  constructor(options: StartOptions) {
    this.#options = options;
    this.#tell = options.onProgress ?? (() => {});
  }

  async run(): Promise<LocalStack> {
    const options = this.#options;
    const account = unprivilegedAccount();
    const migrationsFolder = findMigrationsFolder(options.migrationsDir);
    // Auth's package is heavy: it loads while initdb has the other processor.
    const auth = loadLite();
    auth.catch(() => {});

    const folder = options.ephemeral
      ? null
      : await openDataFolder(resolve(options.dataDir ?? defaultDataFolder()), account);
    const keys = folder === null ? await generateKeys() : await loadKeys(folder);
    // First of all the ports: an answer to "in use" should not take a second.
    this.#gateway = await startGateway({ port: options.port ?? 54321, keys });
    if (options.dbPort !== 0) await choosePort(options.dbPort ?? 54322, "the database");
    const supervisor = await Supervisor.start();
    this.#supervisor = supervisor;
    if (this.#stopped !== null) await supervisor.close();
    const workFolder = await makeWorkFolder(supervisor, account);
    const binaries = await findPostgres(workFolder, account);
    this.#tell("starting Postgres");
    const server = await startPostgres({
      supervisor,
      binaries,
      account,
      workFolder,
      clusterFolder: folder?.cluster ?? join(workFolder, "data"),
      adminPassword: keys.passwords.supabase_admin,
      port: options.dbPort ?? 54322,
      durable: true,
      persistent: folder !== null,
      maxConnections: 100,
      logFile: folder?.logFile ?? null,
    });
    return this.#serve({ supervisor, workFolder, server, keys, folder, migrationsFolder });
  }

  async #serve(made: {
    supervisor: Supervisor;
    workFolder: string;
    server: PostgresServer;
    keys: StackKeys;
    folder: DataFolder | null;
    migrationsFolder: string | null;
  }): Promise<LocalStack> {
    const { supervisor, workFolder, server, keys, folder, migrationsFolder } = made;
    const gateway = this.#gateway as Gateway;
    const { port } = server;
    const url = (user: keyof StackKeys["passwords"]): string =>
      connectionUrl({ port, user, password: keys.passwords[user] });
    await makeHostedDatabase({
      port,
      passwords: keys.passwords,
      legacyDefaultPrivileges: this.#options.legacyDefaultPrivileges ?? false,
    });
    this.#tell("starting PostgREST and Auth");
    const [rest, accounts] = await Promise.all([
      startRestEngine({
        supervisor,
        workFolder,
        name: "rest",
        wanted: this.#options.restEngine ?? "auto",
        databaseUrl: url("authenticator"),
        ownerUrl: url("postgres"),
        adminUrl: url("supabase_admin"),
        jwtSecret: keys.jwtSecret,
        siteUrl: gateway.url,
        onProgress: this.#tell,
      }).then((engine) => {
        this.#rest = engine;
        return engine;
      }),
      this.#fill(url("postgres"), keys, migrationsFolder),
    ]);
    this.#auth = await startAuth({
      databaseUrl: url("supabase_auth_admin"),
      jwtSecret: keys.jwtSecret,
      siteUrl: gateway.url,
      onEmail: ({ to, subject, text }) => this.#tell(`email to ${to}: ${subject}\n${text ?? ""}`),
    });
    await rest.reloadSchema();
    this.#storage = startStorage({
      databaseUrl: url("postgres"),
      folder: folder?.files ?? join(workFolder, "files"),
      jwtSecret: keys.jwtSecret,
    });
    this.#functions = stackFunctions({
      ...{ supervisor, workFolder, keys, migrationsFolder, name: "functions" },
      ...{ url: gateway.url, dbUrl: url("postgres"), options: this.#options.functions ?? {} },
      onLine: (line) => this.#tell(`functions: ${line}`),
    });
    gateway.use({
      rest: rest.service,
      auth: this.#auth.handle,
      storage: this.#storage.handle,
      functions: this.#functions,
    });
    const provider = await this.#functions.provider();
    const stack = this.#stack({ url, keys, server, folder, accounts, engine: rest.name, provider });
    if (this.#options.announce ?? folder !== null) {
      this.#withdraw = await announceStack({
        url: stack.url,
        port: gateway.port,
        dbPort: port,
        dataDir: stack.dataDir,
        supervisorPid: supervisor.pid,
      });
    }
    return stack;
  }

  async #fill(databaseUrl: string, keys: StackKeys, migrationsFolder: string | null): Promise<AccountIds> {
    // Begun after the stop has ended the connections, a transaction would be cut off with Postgres.
    if (this.#stopped !== null) throw interrupted();
    const sql = openSql(databaseUrl);
    this.#filling = sql;
    try {
      if (migrationsFolder === null) this.#tell("no supabase/migrations found: the database stays empty");
      await applyMigrations(sql, migrationsFolder, this.#tell);
      if (this.#options.seed === "demo") await loadDemoData(sql, migrationsFolder, this.#tell);
      const admin = await createAccount(sql, {
        email: adminEmail,
        password: keys.accountPasswords.admin,
        isAdmin: true,
      });
      const secondAdmin = await createAccount(sql, {
        email: secondAdminEmail,
        password: keys.accountPasswords.secondAdmin,
        isAdmin: true,
      });
      const user = await createAccount(sql, {
        email: userEmail,
        password: keys.accountPasswords.user,
        isAdmin: false,
      });
      return { admin, secondAdmin, user };
    } finally {
      await sql.end({ timeout: 1 });
    }
  }

  #stack(made: {
    url: (user: "postgres") => string;
    keys: StackKeys;
    server: PostgresServer;
    folder: DataFolder | null;
    accounts: AccountIds;
    engine: "postgrest" | "lite";
    provider: DevelopmentProvider;
  }): LocalStack {
    const { keys, accounts } = made;
    const stop = (): Promise<void> => this.stop();
    return {
      url: (this.#gateway as Gateway).url,
      functionsUrl: `${(this.#gateway as Gateway).url}/functions/v1`,
      developmentProviderUrl: made.provider.url,
      dbUrl: made.url("postgres"),
      publishableKey: keys.publishableKey,
      secretKey: keys.secretKey,
      anonKey: keys.anonKey,
      serviceRoleKey: keys.serviceRoleKey,
      jwtSecret: keys.jwtSecret,
      admin: { id: accounts.admin, email: adminEmail, password: keys.accountPasswords.admin },
      secondAdmin: {
        id: accounts.secondAdmin,
        email: secondAdminEmail,
        password: keys.accountPasswords.secondAdmin,
      },
      user: { id: accounts.user, email: userEmail, password: keys.accountPasswords.user },
      dataDir: made.folder?.path ?? null,
      pids: { postgres: made.server.process.pid, supervisor: this.#supervisor?.pid ?? -1 },
      restEngine: made.engine,
      failed: this.#failure(made.server),
      signToken: (claims) => signToken(keys.jwtSecret, claims),
      stop,
      [Symbol.asyncDispose]: stop,
    };
  }

  async #failure(server: PostgresServer): Promise<LocalError> {
    const part = await Promise.race([
      server.process.exited.then((end) => ["Postgres", end.lines.at(-1)] as const),
      (this.#rest as RestEngine).exited.then((end) => ["PostgREST", end.lines.at(-1)] as const),
    ]);
    if (this.#stopped !== null) return new Promise(() => {});
    return new LocalError(
      LocalErrorCode.StartFailed,
      `${part[0]} ended by itself: ${part[1] ?? "it said nothing"}`,
    );
  }

  stop(): Promise<void> {
    this.#stopped ??= (async () => {
      // Cut off by Postgres in a transaction, postgres.js still writes its rollback, to a socket it no longer has,
      // and throws where nobody can catch it. Hence a moment for what is nearly done, then an end from this side.
      await this.#filling?.end({ timeout: 0.25 });
      await this.#gateway?.close();
      await this.#functions?.close().catch(() => {});
      await this.#auth?.close().catch(() => {});
      await this.#storage?.close().catch(() => {});
      await this.#rest?.close().catch(() => {});
      await this.#supervisor?.close();
      await this.#withdraw();
    })();
    return this.#stopped;
  }
}

interface AccountIds {
  readonly admin: string;
  readonly secondAdmin: string;
  readonly user: string;
}

const adminEmail = "admin@vidops.local";
const secondAdminEmail = "admin2@vidops.local";
const userEmail = "user@vidops.local";

function checkPort(port: number | undefined, name: string): void {
  if (port === undefined || (Number.isInteger(port) && port >= 0 && port <= 65535)) return;
  throw new LocalError(
    LocalErrorCode.InvalidOption,
    `${name} must be a whole number from 0 to 65535, not ${port}`,
  );
}
