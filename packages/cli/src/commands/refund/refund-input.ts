import { parseActInput } from "../../act-input.ts";
import type { ActInput } from "../../act-options.ts";
import { parseAmount, parseJobId, shown } from "../../arguments.ts";
import { usageError } from "../../command-error.ts";
import type { CommandSession } from "../../command-session.ts";
import { pickingObstacle } from "../../prompts/pick.ts";
import { parseUserTarget, type UserTarget } from "../users/user-target.ts";

/** What is to be refunded, as typed: a job, an amount to a user, or one of a user's jobs that is picked. */
export type RefundTarget =
  | { readonly jobId: string }
  | { readonly user: UserTarget }
  | { readonly jobOf: UserTarget };

/** What is to be refunded, checked as far as it can be without asking the database. */
export interface RefundInput extends ActInput {
  readonly target: RefundTarget;
  /** Credits; null is all that is left of the job's charge. */
  readonly amount: number | null;
  readonly reasonCode: string | null;
  /** As given; null asks for a new one. */
  readonly idempotencyKey: string | null;
  readonly allowUnfinished: boolean;
}

type Options = Readonly<Record<string, unknown>>;

/**
 * Reads the arguments of `vidops refund`.
 * @throws CommandError exit 2 for whatever cannot be meant, and for what is left out where nobody can pick it.
 */
export function parseRefundInput(
  args: readonly string[],
  options: Options,
  session: CommandSession,
): RefundInput {
  const text = (name: string): string | undefined => options[name] as string | undefined;
  const amount = text("amount");
  const parsed = {
    ...parseActInput(options),
    amount: amount === undefined ? null : parseAmount(amount, "--amount"),
    reasonCode: parseReasonCode(text("reasonCode")),
    idempotencyKey: parseIdempotencyKey(text("idempotencyKey")),
    allowUnfinished: options.allowUnfinished === true,
  };
  return { ...parsed, target: parseTarget(args, text("user"), parsed.amount, session) };
}

function parseTarget(
  [job]: readonly string[],
  user: string | undefined,
  amount: number | null,
  session: CommandSession,
): RefundTarget {
  if (job !== undefined && user !== undefined)
    throw usageError("Give a job or --user, not both.", "A job knows its user.");
  if (job !== undefined) return { jobId: parseJobId(job) };
  const example = 'vidops refund --user ada@example.com --amount 5 --reason "goodwill"';
  const missing =
    user !== undefined && amount !== null
      ? null
      : pickingObstacle(
          session,
          user === undefined
            ? "Say what to refund: a job id, or --user with --amount."
            : "--user needs --amount: nothing else says how much.",
          example,
        );
  if (missing !== null) throw missing;
  const who = user === undefined ? null : parseUserTarget(user, session, "--user", example);
  return amount === null ? { jobOf: who } : { user: who };
}

/**
 * Reads --reason-code.
 * @throws CommandError exit 2 unless it is a lower_snake_case word.
 */
export function parseReasonCode(code: string | undefined): string | null {
  if (code === undefined || /^[a-z][a-z0-9_]{0,39}$/.test(code)) return code ?? null;
  throw usageError(
    `--reason-code must be a lower-case word of at most 40 letters, digits and underscores, got ${shown(code)}.`,
    "For example: --reason-code provider_outage",
  );
}

/**
 * Reads --idempotency-key.
 * @throws CommandError exit 2 unless it is 1 to 200 printable ASCII characters.
 */
export function parseIdempotencyKey(key: string | undefined): string | null {
  if (key === undefined || /^[\x21-\x7e](?:[\x20-\x7e]{0,198}[\x21-\x7e])?$/.test(key)) return key ?? null;
  throw usageError(
    "--idempotency-key must be 1 to 200 printable ASCII characters, without a space at either end.",
    "For example: --idempotency-key ticket-4711",
  );
}
