import { join } from "node:path";
import { LocalError, LocalErrorCode } from "../errors/local-error.ts";
import type { Upstream } from "../gateway/forward.ts";
import { choosePort } from "../ports/ports.ts";
import { inheritedEnvironment } from "../postgres/binaries.ts";
import type { UnixAccount } from "../supervisor/protocol.ts";
import type { ProcessEnd, Supervisor } from "../supervisor/supervisor.ts";

/** What PostgREST needs to start. */
export interface PostgrestPlan {
  readonly supervisor: Supervisor;
  readonly file: string;
  readonly account: UnixAccount | null;
  readonly workFolder: string;
  /** Tells apart the sockets of several servers in one work folder. */
  readonly name: string;
  /** Connection URL of role authenticator. */
  readonly databaseUrl: string;
  readonly jwtSecret: string;
  readonly poolSize: number;
}

/** A running PostgREST with its schema cache loaded. */
export interface PostgrestServer {
  readonly upstream: Upstream;
  /** Runs `notify`, then waits until PostgREST has read the schema anew. */
  reloadSchema(notify: () => Promise<unknown>): Promise<void>;
  readonly exited: Promise<ProcessEnd>;
  stop(): Promise<void>;
}

/** Unix socket paths end at 104 to 108 bytes, by system. */
const longestSocketPath = 100;

/**
 * Starts PostgREST with hosted Supabase's settings, on a socket in the work folder (a port on Windows).
 *
 * @throws LocalError `start_failed` with its last output.
 */
export async function startPostgrest(plan: PostgrestPlan): Promise<PostgrestServer> {
  const socketPath = join(plan.workFolder, `${plan.name}.sock`);
  const useSocket = process.platform !== "win32" && Buffer.byteLength(socketPath) <= longestSocketPath;
  const port = useSocket ? 0 : await choosePort(0, "PostgREST");
  const server = await plan.supervisor.spawn({
    file: plan.file,
    cwd: plan.workFolder,
    account: plan.account,
    env: {
      ...inheritedEnvironment(),
      PGRST_DB_URI: plan.databaseUrl,
      PGRST_DB_SCHEMAS: "public",
      PGRST_DB_EXTRA_SEARCH_PATH: "public,extensions",
      PGRST_DB_ANON_ROLE: "anon",
      PGRST_DB_MAX_ROWS: "1000",
      PGRST_DB_POOL: String(plan.poolSize),
      PGRST_JWT_SECRET: plan.jwtSecret,
      PGRST_LOG_LEVEL: "crit",
      ...(useSocket
        ? { PGRST_SERVER_UNIX_SOCKET: socketPath, PGRST_SERVER_UNIX_SOCKET_MODE: "600" }
        : { PGRST_SERVER_HOST: "127.0.0.1", PGRST_SERVER_PORT: String(port) }),
    },
  });
  try {
    // It listens for `notify pgrst` from then on, too: asked earlier, it would not hear.
    await Promise.all([
      server.lineMatching(/Schema cache loaded/i),
      server.lineMatching(/Listening for notifications/i),
    ]);
  } catch (error) {
    throw new LocalError(
      LocalErrorCode.StartFailed,
      `PostgREST did not start: ${(error as Error).message}`,
      null,
      error,
    );
  }
  return {
    upstream: useSocket ? { socketPath } : { host: "127.0.0.1", port },
    reloadSchema: async (notify) => {
      const afterLine = server.lineCount();
      await notify();
      await server.lineMatching(/Schema cache loaded/i, { afterLine });
    },
    exited: server.exited,
    stop: () => server.stop(),
  };
}
