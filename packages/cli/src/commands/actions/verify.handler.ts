import {
  type AdminAction,
  type ChainPlace,
  getAdminAction,
  readChainHead,
  verifyAdminActions,
} from "@vidops/core/admin";
import type { DatabaseClient } from "@vidops/core/database";
import { isVidopsError } from "@vidops/core/errors";
import { CommandError } from "../../command-error.ts";
import type { CommandSession } from "../../command-session.ts";
import { openDatabase, planConnection } from "../../connection.ts";
import type { VerifyReport } from "./verify.view.ts";

/** Where to begin and what was pinned. */
export interface VerifyInput {
  readonly expect: ChainPlace | null;
  readonly after: ChainPlace | null;
}

/** The head of the chain. */
export async function printedHead(session: CommandSession): Promise<ChainPlace> {
  return readChainHead(await openDatabase(session, planConnection(session, "person")));
}

/**
 * Walks the chain with progress on stderr.
 * @throws CommandError CLI_INTERRUPTED (exit 130) on Ctrl-C, saying up to where it holds.
 */
export async function verifyChain(input: VerifyInput, session: CommandSession): Promise<VerifyReport> {
  const plan = planConnection(session, "person");
  const db = await openDatabase(session, plan);
  const { interruptions } = session.context;
  const stop = new AbortController();
  const progress = session.progress();
  using _guard = interruptions.guard(() => {
    progress.end();
    stop.abort(new CommandError("CLI_INTERRUPTED", "Interrupted; what was checked until then fits."));
  });
  try {
    const verification = await verifyAdminActions(db, {
      ...input,
      signal: stop.signal,
      onProgress: ({ position, headPosition }) =>
        progress.update(`${position} of ${headPosition} actions fit`),
    });
    const action = await actionOf(db, verification.fault?.actionId ?? null);
    return { ...verification, ...input, action, project: plan.project };
  } finally {
    progress.end();
  }
}

/** What the act that does not fit says now; null where there is none, or none that can be read. */
async function actionOf(db: DatabaseClient, id: string | null): Promise<AdminAction | null> {
  if (id === null) return null;
  try {
    return await getAdminAction(db, id);
  } catch (error) {
    if (isVidopsError(error)) return null;
    throw error;
  }
}
