import { type Refund, refundCredits } from "@vidops/core/credits";
import type { DatabaseClient } from "@vidops/core/database";
import { isVidopsError, VidopsError } from "@vidops/core/errors";
import { findUser } from "@vidops/core/users";
import { actingAdminId, requireActingAdmin } from "../../acting-admin.ts";
import { isUuid } from "../../arguments.ts";
import type { CommandSession } from "../../command-session.ts";
import { openDatabase, planConnection } from "../../connection.ts";
import { askConsent, declined, requireConsent } from "../../prompts/consent.ts";
import { credits, type RefundReport, refundPlanView } from "./refund.view.ts";
import type { RefundInput } from "./refund-input.ts";
import { type SentRefund, settleCommand } from "./settle-command.ts";

/**
 * Refunds: checks the settings, looks up who is meant, shows and asks unless consent was given, and sends
 * exactly one request that writes.
 * @throws CommandError, VidopsError; ERR_6006 carries the command that settles a lost answer.
 */
export async function refund(input: RefundInput, session: CommandSession): Promise<RefundReport> {
  const consent = requireConsent(session, input.dryRun);
  const plan = planConnection(session, "person");
  const admin = requireActingAdmin(session, plan);
  const db = await openDatabase(session, plan);
  const [adminUserId, target] = await Promise.all([
    actingAdminId(db, admin),
    "jobId" in input.target ? { jobId: input.target.jobId } : resolveUser(db, input.target.user),
  ]);
  const { reason, reasonCode, allowUnfinished } = input;
  const request = {
    ...requestTarget(target),
    reason,
    reasonCode,
    allowUnfinished,
    adminUserId,
    runId: session.runId,
  };
  const report = (refunded: Refund, idempotencyKey: string | null): RefundReport => ({
    ...refunded,
    project: plan.project,
    reason,
    reasonCode,
    idempotencyKey,
    // A replay tells of the first time, which a colleague may have been.
    actingAdmin: refunded.replayed ? refunded.adminUserId : (admin?.value ?? null),
  });

  let amount = input.amount;
  if (consent !== "given") {
    const preview = await refundCredits(db, {
      ...request,
      amount,
      idempotencyKey: input.idempotencyKey,
      dryRun: true,
    }).catch(explain);
    if (consent === "dry-run" || preview.replayed)
      return report({ ...preview, dryRun: input.dryRun }, input.idempotencyKey);
    await session.output.say(refundPlanView(report(preview, input.idempotencyKey)));
    if (!(await askConsent(session, `Refund ${credits(preview.amount)}?`))) throw declined();
    // What was shown is what is sent: had the job been refunded in part meanwhile, the cap refuses the rest. A key of
    // the operator's own is there to be repeated, so its request stays as typed; it can only give less than was shown.
    if (input.idempotencyKey === null) amount = preview.amount;
  }

  const idempotencyKey = input.idempotencyKey ?? session.context.randomId();
  const sent: SentRefund = { target, amount, reason, reasonCode, idempotencyKey, allowUnfinished };
  if (input.idempotencyKey === null) session.output.note(`idempotency key ${idempotencyKey}`);
  return report(await send(db, { ...request, amount, idempotencyKey }, sent, session), idempotencyKey);
}

type Request = Parameters<typeof refundCredits>[1];

async function send(
  db: DatabaseClient,
  request: Request,
  sent: SentRefund,
  session: CommandSession,
): Promise<Refund> {
  const { interruptions } = session.context;
  using _guard = interruptions.guard((count) => {
    if (count === 1)
      session.output.warn(
        "the refund is on its way; waiting for its answer (Ctrl-C again leaves without it)",
      );
    else interruptions.leave(outcomeUnknown(sent, session, null));
  });
  try {
    return await refundCredits(db, request);
  } catch (error) {
    if (isVidopsError(error) && error.code === "ERR_6006") throw outcomeUnknown(sent, session, error);
    return explain(error);
  }
}

function outcomeUnknown(sent: SentRefund, session: CommandSession, cause: VidopsError | null): VidopsError {
  const command = settleCommand(sent, session.flags);
  return new VidopsError({
    code: "ERR_6006",
    reason: cause?.reason ?? "interrupted",
    message: "The refund was sent but its answer was lost: it may or may not have been done.",
    hint: `Run this to settle it; with the same idempotency key it is done once, whichever it was:\n${command}`,
    details: { ...cause?.details, idempotency_key: sent.idempotencyKey, settle_command: command },
    cause: cause ?? undefined,
  });
}

const hints: Readonly<Record<string, (details: Readonly<Record<string, unknown>>) => string>> = {
  refund_exceeds_charge: ({ refundable, job_credits_used, job_credits_refunded }) =>
    `The job cost ${job_credits_used}, ${job_credits_refunded} were refunded; at most ${refundable} are left.`,
  nothing_to_refund: ({ job_credits_used, job_credits_refunded }) =>
    `The job cost ${job_credits_used} and ${job_credits_refunded} were refunded.`,
  job_not_finished: ({ job_status }) =>
    `The job is ${job_status}. Wait for its end, or refund now with --allow-unfinished: if it then completes, its video was free.`,
  idempotency_key_reused: () =>
    "That key made another refund. See what it did in `vidops credits history` before refunding under a new key.",
};

/** Says a refusal in the words of this command. */
function explain(error: unknown): never {
  const hint = isVidopsError(error) ? hints[error.reason] : undefined;
  if (!isVidopsError(error) || hint === undefined) throw error;
  const { code, reason, message, retryable, details, cause } = error;
  throw new VidopsError({ code, reason, message, retryable, details, cause, hint: hint(details ?? {}) });
}

async function resolveUser(db: DatabaseClient, user: string): Promise<{ user: string }> {
  return { user: isUuid(user) ? user : (await findUser(db, user)).id };
}

function requestTarget(target: { jobId: string } | { user: string }): { jobId: string } | { userId: string } {
  return "jobId" in target ? target : { userId: target.user };
}
