import { parseCount, parseReason, parseTicket, shown } from "../../arguments.ts";
import { usageError } from "../../command-error.ts";
import { parseDuration } from "../../durations.ts";

export const targetNames = [
  "rate-limits",
  "rate-limit-state",
  "rate-limit-reservations",
  "idempotency",
  "errors",
  "deleted-jobs",
] as const;
export type TargetName = (typeof targetNames)[number];

export interface CleanupInput {
  /** Null is all. */
  readonly targets: readonly TargetName[] | null;
  /** Seconds; null is each target's own. */
  readonly olderThanSeconds: number | null;
  /** Rows; null is the default. */
  readonly batchSize: number | null;
  /** Null is the database's own word for what a schedule deletes. */
  readonly reason: string | null;
  readonly ticket: string | null;
  readonly dryRun: boolean;
}

/**
 * Reads the arguments of `vidops cleanup`.
 * @throws CommandError exit 2.
 */
export function parseCleanupInput(
  args: readonly string[],
  options: Readonly<Record<string, unknown>>,
): CleanupInput {
  const targets = args.map((name) => {
    const target = targetNames.find((known) => known === name);
    if (target === undefined) {
      throw usageError(
        `There is nothing called ${shown(name)} to clean.`,
        `Choose from ${targetNames.join(", ")}; without a name, all are cleaned.`,
      );
    }
    return target;
  });
  const olderThan = options.olderThan as string | undefined;
  const batchSize = options.batchSize as string | undefined;
  const reason = options.reason as string | undefined;
  return {
    targets: targets.length === 0 ? null : [...new Set(targets)],
    olderThanSeconds: olderThan === undefined ? null : parseDuration(olderThan, "--older-than"),
    batchSize: batchSize === undefined ? null : parseCount(batchSize, "--batch-size", 1, 100_000),
    reason: reason === undefined ? null : parseReason(reason),
    ticket: parseTicket(options.ticket as string | undefined),
    dryRun: options.dryRun === true,
  };
}
