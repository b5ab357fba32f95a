import { parseAmount, parseJobId, parseReason, parseUserReference, shown } from "../../arguments.ts";
import { usageError } from "../../command-error.ts";

/** What is to be refunded, checked as far as it can be without asking the database. */
export interface RefundInput {
  readonly target: { readonly jobId: string } | { readonly user: string };
  /** Credits; null is all that is left of the job's charge. */
  readonly amount: number | null;
  readonly reason: string;
  readonly reasonCode: string | null;
  /** As given; null asks for a new one. */
  readonly idempotencyKey: string | null;
  readonly allowUnfinished: boolean;
  readonly dryRun: boolean;
}

type Options = Readonly<Record<string, unknown>>;

/**
 * Reads the arguments of `vidops refund`.
 * @throws CommandError exit 2 for whatever cannot be meant.
 */
export function parseRefundInput(args: readonly string[], options: Options): RefundInput {
  const text = (name: string): string | undefined => options[name] as string | undefined;
  const [job] = args;
  const user = text("user");
  if (job !== undefined && user !== undefined) {
    throw usageError("Give a job or --user, not both.", "A job knows its user.");
  }
  if (job === undefined && user === undefined) {
    throw usageError(
      "Say what to refund: a job id, or --user with --amount.",
      'For example: vidops refund --user ada@example.com --amount 5 --reason "goodwill"',
    );
  }
  const target =
    job === undefined ? { user: parseUserReference(user ?? "", "--user") } : { jobId: parseJobId(job) };
  const amount = text("amount");
  if (amount === undefined && "user" in target)
    throw usageError("--user needs --amount: nothing else says how much.", "For example: --amount 5");
  return {
    target,
    amount: amount === undefined ? null : parseAmount(amount, "--amount"),
    reason: parseReason(text("reason")),
    reasonCode: parseReasonCode(text("reasonCode")),
    idempotencyKey: parseIdempotencyKey(text("idempotencyKey")),
    allowUnfinished: options.allowUnfinished === true,
    dryRun: options.dryRun === true,
  };
}

function parseReasonCode(code: string | undefined): string | null {
  if (code === undefined || /^[a-z][a-z0-9_]{0,39}$/.test(code)) return code ?? null;
  throw usageError(
    `--reason-code must be a lower-case word of at most 40 letters, digits and underscores, got ${shown(code)}.`,
    "For example: --reason-code provider_outage",
  );
}

function parseIdempotencyKey(key: string | undefined): string | null {
  if (key === undefined || /^[\x21-\x7e](?:[\x20-\x7e]{0,198}[\x21-\x7e])?$/.test(key)) return key ?? null;
  throw usageError(
    "--idempotency-key must be 1 to 200 printable ASCII characters, without a space at either end.",
    "For example: --idempotency-key ticket-4711",
  );
}
