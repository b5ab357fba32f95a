import type { LocalStatus, RunningStack } from "@vidops/local";
import { parseCount } from "../../arguments.ts";
import { CommandError, usageError } from "../../command-error.ts";
import type { CommandSession } from "../../command-session.ts";
import { lookOf } from "../../output/look.ts";
import { askConsent, requireConsent } from "../../prompts/consent.ts";
import { loadLocal, localError } from "./load-local.ts";
import { type ResetReport, resetPlanView } from "./manage.view.ts";

/** Which stacks run. */
export async function status({ context }: CommandSession): Promise<LocalStatus> {
  const { localStatus } = await loadLocal(context.cwd);
  return localStatus();
}

export interface StopInput {
  /** The gateway's port of one stack; null for the only one, or for all. */
  readonly port: number | null;
  readonly all: boolean;
}

/**
 * Reads the arguments of `vidops local stop`.
 * @throws CommandError exit 2.
 */
export function parseStopInput(options: Readonly<Record<string, unknown>>): StopInput {
  const port = options.port as string | undefined;
  const all = options.all === true;
  if (port !== undefined && all) throw usageError("Give --port or --all, not both.");
  return { port: port === undefined ? null : parseCount(port, "--port", 1, 65_535), all };
}

/**
 * Stops the one stack that runs, the one on a port, or all.
 * @returns what was stopped; nothing is no error.
 * @throws CommandError exit 2 when several run and none was chosen.
 */
export async function stop(
  { port, all }: StopInput,
  { context }: CommandSession,
): Promise<readonly RunningStack[]> {
  const { localStatus, stopLocal } = await loadLocal(context.cwd);
  const { stacks } = await localStatus();
  if (port === null && !all && stacks.length > 1) {
    const ports = stacks.map((stack) => stack.port).join(", ");
    throw usageError(
      `${stacks.length} stacks run, on ports ${ports}.`,
      "Choose one with --port, or say --all.",
    );
  }
  try {
    return (await stopLocal(port === null ? {} : { port })).stopped;
  } catch (error) {
    throw localError(error);
  }
}

/** Deletes the data, after showing and asking unless consent was given. */
export async function reset(
  { dataDir, dryRun }: { dataDir: string | null; dryRun: boolean },
  session: CommandSession,
): Promise<ResetReport> {
  const consent = requireConsent(session, dryRun);
  const { localStatus, resetLocal } = await loadLocal(session.context.cwd);
  const place = dataDir === null ? {} : { dataDir };
  const found = await localStatus(place);
  const plan: ResetReport = {
    dataDir: found.dataDir,
    removed: found.hasData,
    stopped: found.stacks.filter((stack) => stack.dataDir === found.dataDir),
    dryRun,
  };
  if (consent === "dry-run" || !found.hasData) return plan;
  if (consent === "ask") {
    await session.output.say(resetPlanView(plan, lookOf(session, "stderr")));
    if (!(await askConsent(session, "Delete this data for good?"))) {
      throw new CommandError("CLI_CONSENT_NEEDED", "Declined; nothing was changed.", { reason: "declined" });
    }
  }
  try {
    return { ...(await resetLocal(place)), dryRun: false };
  } catch (error) {
    throw localError(error);
  }
}
