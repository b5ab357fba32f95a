import type { GlobalFlags } from "../../global-flags.ts";
import { optionWords, quoteForShell } from "../../shell-words.ts";
import type { RefundInput } from "./refund-input.ts";

/** The request as it was sent, which a settling command must repeat to the letter. */
export interface SentRefund extends Omit<RefundInput, "dryRun" | "idempotencyKey" | "target"> {
  readonly target: { readonly jobId: string } | { readonly user: string };
  readonly idempotencyKey: string;
}

/**
 * The command that settles a refund whose answer was lost: the same request with the same idempotency key, so
 * that it is done once whether or not it was done already. The amount is given exactly when it was sent: the
 * database compares the requests.
 * @returns a line for a POSIX shell.
 */
export function settleCommand(sent: SentRefund, flags: GlobalFlags): string {
  const words = ["vidops", "refund"];
  const option = (name: string, value: string | number | null): void => {
    words.push(...optionWords(name, value));
  };
  if ("jobId" in sent.target) words.push(sent.target.jobId);
  else option("--user", sent.target.user);
  option("--amount", sent.amount);
  option("--reason", sent.reason);
  option("--reason-code", sent.reasonCode);
  option("--ticket", sent.ticket);
  option("--idempotency-key", sent.idempotencyKey);
  if (sent.allowUnfinished) words.push("--allow-unfinished");
  option("--profile", flags.profile);
  option("--url", flags.url);
  words.push("--yes");
  if (flags.format === "json") words.push("--json");
  return words.map(quoteForShell).join(" ");
}
