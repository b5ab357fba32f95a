import { existsSync, readdirSync, readFileSync } from "node:fs";
import { chown, mkdir, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { LocalError, LocalErrorCode } from "../errors/local-error.ts";
import { choosePort, portInUseError } from "../ports/ports.ts";
import type { UnixAccount } from "../supervisor/protocol.ts";
import type { SupervisedProcess, Supervisor } from "../supervisor/supervisor.ts";
import { type PostgresBinaries, postgresMajor } from "./binaries.ts";

/** What a Postgres server needs to start. */
export interface PostgresPlan {
  readonly supervisor: Supervisor;
  readonly binaries: PostgresBinaries;
  readonly account: UnixAccount | null;
  readonly workFolder: string;
  /** The cluster's folder; made when it does not exist. */
  readonly clusterFolder: string;
  /** Password of supabase_admin; takes effect when the cluster is made. */
  readonly adminPassword: string;
  /** 0 picks a free one. */
  readonly port: number;
  /** false makes commits fast and a crash of the machine fatal: for data that is thrown away. */
  readonly durable: boolean;
  /** Whether the cluster outlives this stack. */
  readonly persistent: boolean;
  readonly maxConnections: number;
  readonly logFile: string | null;
}

/** A running Postgres server. */
export interface PostgresServer {
  readonly port: number;
  readonly process: SupervisedProcess;
  /** Whether the cluster was made by this start. */
  readonly isNew: boolean;
}

/**
 * Makes the cluster where there is none, and starts the server on 127.0.0.1.
 *
 * @throws LocalError `data_dir_*`, `port_in_use`, `no_permission` or `start_failed`.
 */
export async function startPostgres(plan: PostgresPlan): Promise<PostgresServer> {
  const isNew = await ensureCluster(plan);
  for (let attempt = 1; ; attempt++) {
    const port = await choosePort(plan.port, "the database");
    const server = await launch(plan, port);
    try {
      await server.lineMatching(/database system is ready to accept connections/);
      return { port, process: server, isNew };
    } catch {
      const { lines } = await server.exited;
      const output = lines.join("\n");
      const portTaken = /could not bind|could not create any TCP\/IP sockets/.test(output);
      // A port found free a moment ago may be gone; when any port will do, take the next.
      if (portTaken && plan.port === 0 && attempt < 5) continue;
      throw portTaken ? await portInUseError(port, "the database") : startError(plan.clusterFolder, output);
    }
  }
}

function launch(plan: PostgresPlan, port: number): Promise<SupervisedProcess> {
  const settings: Record<string, string | number> = {
    port,
    listen_addresses: "127.0.0.1",
    unix_socket_directories: "",
    max_connections: plan.maxConnections,
    // Statements that fail are the caller's business; the log keeps what the server says of itself.
    log_min_messages: "log",
    log_min_error_statement: "panic",
    log_destination: "stderr",
    logging_collector: "off",
    timezone: "UTC",
    ...(plan.durable ? {} : { fsync: "off", synchronous_commit: "off", full_page_writes: "off" }),
  };
  const isWindows = process.platform === "win32";
  return plan.supervisor.spawn({
    file: plan.binaries.postgres,
    args: [
      "-D",
      plan.clusterFolder,
      ...Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`]),
    ],
    env: plan.binaries.env,
    cwd: plan.workFolder,
    account: plan.account,
    logFile: plan.logFile,
    // Fast shutdown, then immediate: it needs no checkpoint and recovers at the next start.
    stop: isWindows
      ? [{ signal: "SIGKILL", waitMs: 10_000 }]
      : [
          { signal: "SIGINT", waitMs: 20_000 },
          { signal: "SIGQUIT", waitMs: 5_000 },
        ],
    stopCommand: isWindows ? [plan.binaries.pgCtl, "kill", "INT"] : null,
  });
}

async function ensureCluster(plan: PostgresPlan): Promise<boolean> {
  const { clusterFolder } = plan;
  const entries = existsSync(clusterFolder) ? readdirSync(clusterFolder) : [];
  if (entries.length > 0) {
    checkCluster(clusterFolder);
    return false;
  }
  // Made under another name first: a cluster that bears its own name is a whole one.
  const unfinished = `${clusterFolder}.new`;
  const passwordFile = join(plan.workFolder, "admin-password");
  await rm(unfinished, { recursive: true, force: true });
  await mkdir(unfinished, { mode: 0o700 });
  await writeFile(passwordFile, plan.adminPassword, { mode: 0o600 });
  if (plan.account !== null) {
    await chown(unfinished, plan.account.uid, plan.account.gid);
    await chown(passwordFile, plan.account.uid, plan.account.gid);
  }
  const end = await plan.supervisor.run({
    file: plan.binaries.initdb,
    args: [
      ...["--pgdata", unfinished, "--username", "supabase_admin", "--pwfile", passwordFile],
      ...["--auth", "scram-sha-256", "--encoding", "UTF8", "--no-instructions"],
      // Not the machine's locale: it may be missing, and the same data must sort alike everywhere.
      ...["--locale-provider", "builtin", "--builtin-locale", "C.UTF-8", "--locale", "C"],
      ...(plan.persistent ? [] : ["--no-sync"]),
    ],
    env: plan.binaries.env,
    cwd: plan.workFolder,
    account: plan.account,
  });
  await rm(passwordFile, { force: true });
  if (end.code !== 0) {
    const output = end.lines.slice(-5).join("\n");
    const denied = /permission denied/i.test(output);
    throw new LocalError(
      denied ? LocalErrorCode.NoPermission : LocalErrorCode.StartFailed,
      `the database could not be made in ${clusterFolder}: ${output || `initdb ended with ${end.code ?? end.signal}`}`,
      denied ? "choose another folder with --data-dir" : null,
    );
  }
  await rm(clusterFolder, { recursive: true, force: true });
  await rename(unfinished, clusterFolder);
  return true;
}

function checkCluster(folder: string): void {
  const versionFile = join(folder, "PG_VERSION");
  if (!existsSync(versionFile)) throw damaged(folder, "it has no PG_VERSION file");
  const version = readFileSync(versionFile, "utf8").trim();
  if (version === String(postgresMajor)) return;
  if (!/^\d+$/.test(version)) throw damaged(folder, "its PG_VERSION file cannot be read");
  throw new LocalError(
    LocalErrorCode.DataDirOtherVersion,
    `the data folder ${folder} was made by Postgres ${version}, and this is Postgres ${postgresMajor}`,
    "`vidops local reset` starts again with an empty one, or choose another with --data-dir",
  );
}

function startError(folder: string, output: string): LocalError {
  if (
    /lock file .*postmaster\.pid.* already exists|is another postmaster .*running in data directory/i.test(
      output,
    )
  ) {
    return new LocalError(
      LocalErrorCode.DataDirInUse,
      `the data folder ${folder} is in use by a running stack (Postgres has pid ${readFileSync(join(folder, "postmaster.pid"), "utf8").split("\n")[0]})`,
      "`vidops local stop` stops it; `vidops local start --ephemeral --port 0 --db-port 0` runs beside it",
    );
  }
  if (/permission denied|wrong ownership/i.test(output)) {
    return new LocalError(
      LocalErrorCode.NoPermission,
      `the data folder ${folder} belongs to another account, or is closed to this one`,
      "start as the account that made it, or choose another folder with --data-dir",
    );
  }
  return damaged(folder, reason(output));
}

function damaged(folder: string, why: string): LocalError {
  return new LocalError(
    LocalErrorCode.DataDirDamaged,
    `the data folder ${folder} is damaged: ${why}`,
    "`vidops local reset` throws its data away and starts again with an empty one",
  );
}

/** The last complaint in a server's output, without its time and process number. */
function reason(output: string): string {
  const complaints = output
    .split("\n")
    .filter((line) => /\b(FATAL|PANIC|ERROR):|error|not found/i.test(line));
  return (
    (complaints.at(-1) ?? output.split("\n").at(-1) ?? "")
      .replace(/^.*?\b(FATAL|PANIC|ERROR):\s*/, "")
      .trim() || "the server did not start"
  );
}
