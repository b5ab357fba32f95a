import { type AdjustedCredits, adjustCredits } from "@vidops/core/credits";
import { isVidopsError, VidopsError } from "@vidops/core/errors";
import type { FoundUser } from "@vidops/core/users";
import { act } from "../../act.ts";
import type { CommandSession } from "../../command-session.ts";
import type { GlobalFlags } from "../../global-flags.ts";
import { optionWords } from "../../shell-words.ts";
import { nextCommand } from "../next-command.ts";
import { userName } from "../users/user-rows.ts";
import { targetUser } from "../users/user-target.ts";
import { type AdjustReport, adjustPlanView, changeWords } from "./adjust.view.ts";
import type { AdjustInput } from "./adjust-input.ts";

/**
 * Adjusts a balance: looks up who is meant, shows and asks unless consent was given, and sends exactly one request that writes.
 * @throws CommandError, VidopsError; ERR_6006 carries the command that settles a lost answer.
 */
export async function adjust(input: AdjustInput, session: CommandSession): Promise<AdjustReport> {
  const { change, reasonCode } = input;
  const idempotencyKey = input.idempotencyKey ?? session.context.randomId();
  const report = await act<FoundUser, AdjustedCredits>(session, input, {
    ...{ actionType: "credit_adjustment", name: "the adjustment" },
    find: (db) => targetUser(session, db, input.user, "change"),
    send: async (db, { id }, options) => {
      const dryRun = options.dryRun === true;
      if (!dryRun && input.idempotencyKey === null) session.output.note(`idempotency key ${idempotencyKey}`);
      const adjusted = await adjustCredits(db, {
        ...{ ...options, userId: id, change, reasonCode },
        idempotencyKey: dryRun ? input.idempotencyKey : idempotencyKey,
      }).catch(explain);
      // A replay tells of the first time: this time nothing was changed.
      return { ...adjusted, changed: adjusted.changed && !adjusted.replayed };
    },
    plan: (plan) => adjustPlanView({ ...plan, reasonCode, idempotencyKey: input.idempotencyKey }),
    question: ({ target }) => `${changeWords(change, userName(target))}?`,
    settle: ({ id }) => {
      const command = settleCommand(input, id, idempotencyKey, session.flags);
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

/** The same request as a command, which a lost answer is settled by. */
function settleCommand(
  { change, reason, reasonCode, ticket }: AdjustInput,
  userId: string,
  idempotencyKey: string,
  flags: GlobalFlags,
): string {
  const words = [
    ...["credits", "adjust", userId, change < 0 ? "--take" : "--add", `${Math.abs(change)}`],
    ...optionWords("--reason", reason),
    ...optionWords("--reason-code", reasonCode),
    ...optionWords("--ticket", ticket),
    ...optionWords("--idempotency-key", idempotencyKey),
    ...["--yes", ...(flags.format === "json" ? ["--json"] : [])],
  ];
  return nextCommand(words, flags);
}

/** Says a refusal in the words of this command. */
function explain(error: unknown): never {
  if (!isVidopsError(error)) throw error;
  const { code, reason, message, retryable, details, cause } = error;
  const hint =
    reason === "insufficient_credits"
      ? `The user has ${details?.current_credits}; a balance does not go below zero.`
      : reason === "idempotency_key_reused"
        ? "That key made another change. See what it did in `vidops actions list` before adjusting under a new key."
        : null;
  throw hint === null ? error : new VidopsError({ code, reason, message, retryable, details, cause, hint });
}
