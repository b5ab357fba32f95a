import type { ActOptions } from "@vidops/core/acts";
import type { DatabaseClient } from "@vidops/core/database";
import { isVidopsError, VidopsError } from "@vidops/core/errors";
import type { ActInput } from "./act-options.ts";
import type { ActAnswer, ActReport } from "./act-report.ts";
import { foresightLines } from "./act-view.ts";
import { actingAdminId, requireActingAdmin } from "./acting-admin.ts";
import type { CommandSession } from "./command-session.ts";
import { nextCommand } from "./commands/next-command.ts";
import { openDatabase, planConnection } from "./connection.ts";
import type { Document } from "./output/document.ts";
import { askConsent, declined, requireConsent } from "./prompts/consent.ts";
import type { Undoable } from "./undo-words.ts";

/** One changing command: what differs from the others. */
export interface ActSteps<Target, Answer extends ActAnswer> {
  /** As the audit names it; where the target says it, a function of that. */
  readonly actionType: Undoable | ((target: Target) => Undoable);
  /** What is waited for once it was sent, e.g. "the ban". */
  readonly name: string;
  /** Looks up who or what is meant; writes nothing. */
  find(db: DatabaseClient): Promise<Target>;
  /**
   * Calls the function of core that does it. With `options.dryRun` it only says what would change.
   * @param seen what was shown and consented to; null when nobody was asked.
   */
  send(db: DatabaseClient, target: Target, options: ActOptions, seen: Answer | null): Promise<Answer>;
  /** What is shown before asking: who, what, before → after, and where. That it can be undone is added to it. */
  plan(report: ActReport<Target, Answer>): Document;
  question(report: ActReport<Target, Answer>): string;
  /** How a lost answer is settled, where repeating the same command is not the way. */
  settle?(target: Target, seen: Answer | null): Settlement;
}

/** How to find out whether it was done. */
export interface Settlement {
  readonly hint: string;
  /** More fields for the JSON error. */
  readonly details?: Readonly<Record<string, unknown>>;
}

/**
 * Runs a changing command: checks the settings, looks up who is meant, shows and asks unless consent was given, and sends
 * exactly one request that writes. What is so already is done, then nobody is asked.
 *
 * @throws CommandError (exit 7 without consent), VidopsError: what the act refuses; ERR_4015 when it now waits for a second
 *   person; ERR_6006 with the way to settle it when its answer was lost.
 * @example
 * const report = await act(session, parseActInput(options), {
 *   actionType: "user_ban",
 *   name: "the ban",
 *   find: (db) => findUser(db, user),
 *   send: (db, { id }, options) => banUser(db, { userId: id, ...options }),
 *   plan: banPlanView,
 *   question: ({ target }) => `Ban ${target.email}?`,
 * });
 */
export async function act<Target, Answer extends ActAnswer>(
  session: CommandSession,
  { reason, ticket, dryRun }: ActInput,
  steps: ActSteps<Target, Answer>,
): Promise<ActReport<Target, Answer>> {
  const consent = requireConsent(session, dryRun);
  const plan = planConnection(session, "person");
  const admin = requireActingAdmin(session, plan);
  const db = await openDatabase(session, plan);
  const acting = actingAdminId(db, admin);
  // Finding may let somebody search and pick, who is to know by then that nobody acts.
  if (consent === "ask") await acting;
  const [adminUserId, target] = await Promise.all([acting, steps.find(db)]);
  const options = { reason, ticket, adminUserId, runId: session.runId };
  const actionType = typeof steps.actionType === "function" ? steps.actionType(target) : steps.actionType;
  const report = (answer: Answer): ActReport<Target, Answer> => ({
    ...{ actionType, target, answer },
    ...{ reason, ticket, project: plan.project, actingAdmin: admin?.value ?? plan.login?.email ?? null },
  });

  let seen: Answer | null = null;
  if (consent !== "given") {
    seen = await steps.send(db, target, { ...options, dryRun: true }, null);
    if (consent === "dry-run" || !seen.changed) return report({ ...seen, dryRun });
    const planned = report(seen);
    await session.output.say([...steps.plan(planned), ...foresightLines(planned)]);
    const question = seen.needsApproval ? "Ask a second person to approve this?" : steps.question(planned);
    if (!(await askConsent(session, question))) throw declined();
  }
  return report(
    await guarded(
      session,
      steps.name,
      () => steps.send(db, target, options, seen),
      () => steps.settle?.(target, seen) ?? repeat,
    ),
  );
}

const repeat: Settlement = { hint: "Run the same command again: if it was done, that changes nothing." };

/** Sends the one request that changes something. The first Ctrl-C waits for its answer, the second leaves without it. */
async function guarded<T>(
  session: CommandSession,
  name: string,
  send: () => Promise<T>,
  settle: () => Settlement,
): Promise<T> {
  const { interruptions } = session.context;
  using _guard = interruptions.guard((count) => {
    if (count === 1)
      session.output.warn(`${name} is on its way; waiting for its answer (Ctrl-C again leaves without it)`);
    else interruptions.leave(outcomeUnknown(name, settle(), null));
  });
  try {
    return await send();
  } catch (error) {
    if (!isVidopsError(error)) throw error;
    if (error.code === "ERR_6006") throw outcomeUnknown(name, settle(), error);
    throw error.reason === "approval_required" ? waitsForApproval(error, session) : error;
  }
}

function outcomeUnknown(name: string, { hint, details }: Settlement, cause: VidopsError | null): VidopsError {
  return new VidopsError({
    code: "ERR_6006",
    reason: cause?.reason ?? "interrupted",
    message: `${name[0]?.toUpperCase()}${name.slice(1)} was sent but its answer was lost: it may or may not have been done.`,
    hint,
    details: { ...cause?.details, ...details },
    cause: cause ?? undefined,
  });
}

/** The refusal of an act that became a request, with the command that shows it. */
function waitsForApproval(error: VidopsError, { flags }: CommandSession): VidopsError {
  const { code, reason, retryable, cause } = error;
  const details = error.details ?? {};
  const id = String(details.approval_id);
  return new VidopsError({
    ...{ code, reason, retryable, cause, details },
    message: `It needs a second person: nothing was changed yet, request ${id} waits for approval.`,
    hint: `Another admin looks at it and decides: ${nextCommand(["approvals", "show", id], flags)}`,
  });
}
