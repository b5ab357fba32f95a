import { type Refund, refundCredits } from "@vidops/core/credits";
import type { DatabaseClient } from "@vidops/core/database";
import { isVidopsError, VidopsError } from "@vidops/core/errors";
import { act } from "../../act.ts";
import { isUuid } from "../../arguments.ts";
import type { CommandSession } from "../../command-session.ts";
import { credits } from "../../output/credit-text.ts";
import { targetUser } from "../users/user-target.ts";
import { type RefundReport, refundPlanView, type SentTarget } from "./refund.view.ts";
import type { RefundInput } from "./refund-input.ts";
import { settleCommand } from "./settle-command.ts";

/**
 * Refunds: looks up who is meant, shows and asks unless consent was given, and sends exactly one request that writes.
 * @throws CommandError, VidopsError; ERR_6006 carries the command that settles a lost answer.
 */
export async function refund(input: RefundInput, session: CommandSession): Promise<RefundReport> {
  const { reasonCode, allowUnfinished } = input;
  const idempotencyKey = input.idempotencyKey ?? session.context.randomId();
  // What was shown is what is sent: had the job been refunded in part meanwhile, the cap refuses the rest. A key of the
  // operator's own is there to be repeated, so its request stays as typed; it can only give less than was shown.
  const amountOf = (seen: Refund | null): number | null =>
    input.idempotencyKey === null && seen !== null ? seen.amount : input.amount;

  const report = await act<SentTarget, Refund>(session, input, {
    ...{ actionType: "credit_refund", name: "the refund" },
    find: (db) => findTarget(session, db, input),
    send: async (db, target, options, seen) => {
      const dryRun = options.dryRun === true;
      if (!dryRun && input.idempotencyKey === null) session.output.note(`idempotency key ${idempotencyKey}`);
      const refunded = await refundCredits(db, {
        ...("jobId" in target ? target : { userId: target.user }),
        ...{ ...options, reasonCode, allowUnfinished, amount: amountOf(seen) },
        idempotencyKey: dryRun ? input.idempotencyKey : idempotencyKey,
      }).catch(explain);
      // A replay tells of the first time: this time nothing was changed.
      return { ...refunded, changed: refunded.changed && !refunded.replayed };
    },
    plan: (plan) => refundPlanView({ ...plan, reasonCode, idempotencyKey: input.idempotencyKey }, session),
    question: ({ answer }) => `Refund ${credits(answer.amount)}?`,
    settle: (target, seen) => {
      const command = settleCommand(
        { ...input, target, amount: amountOf(seen), idempotencyKey },
        session.flags,
      );
      return {
        hint: `Run this to settle it; with the same idempotency key it is done once, whichever it was:\n${command}`,
        details: { idempotency_key: idempotencyKey, settle_command: command },
      };
    },
  });
  const { replayed, adminUserId, dryRun } = report.answer;
  return {
    ...{ ...report, reasonCode },
    idempotencyKey: dryRun ? input.idempotencyKey : idempotencyKey,
    // A replay tells of the first time, which a colleague may have been.
    actingAdmin: replayed ? adminUserId : report.actingAdmin,
  };
}

async function findTarget(
  session: CommandSession,
  db: DatabaseClient,
  { target }: RefundInput,
): Promise<SentTarget> {
  if ("jobId" in target) return target;
  if ("user" in target) {
    const { user } = target;
    return {
      user: user !== null && isUuid(user) ? user : (await targetUser(session, db, user, "change")).id,
    };
  }
  const { id } = await targetUser(session, db, target.jobOf, "change");
  const { pickJob } = await import("../../prompts/pick-job.ts");
  return { jobId: (await pickJob(session, db, id)).jobId };
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
