import { parseCount } from "../../arguments.ts";
import { usageError } from "../../command-error.ts";
import { parseTimeRange, refuseFuture, type TimeRange } from "../../time-range.ts";
import { parseAction } from "./limit-words.ts";
import { parseSubject, type SubjectReference } from "./subject.ts";

export interface LogInput extends TimeRange {
  /** Null is everybody. */
  readonly reference: Exclude<SubjectReference, { per: "global" }> | null;
  readonly action: string | null;
  /** Null is both. */
  readonly allowed: boolean | null;
  readonly limit: number;
  readonly cursor: string | null;
  /** The same list in words, without the cursor: for the command that shows its next page. */
  readonly words: readonly string[];
}

/**
 * Reads the arguments of `vidops limits log`.
 * @throws CommandError exit 2.
 */
export function parseLogInput(
  [who]: readonly string[],
  options: Readonly<Record<string, unknown>>,
  now: Date,
): LogInput {
  const text = (name: string): string | null => (options[name] as string | undefined) ?? null;
  const word = (flag: string, value: string | null): string[] => (value === null ? [] : [flag, value]);
  const reference = who === undefined ? null : parseSubject(who);
  if (reference?.per === "global")
    throw usageError(
      "A request is of an address or a user; global is none.",
      "Leave it out to see all requests.",
    );
  if (options.denied === true && options.allowed === true)
    throw usageError("--denied and --allowed leave nothing.", "Leave both out to see all requests.");
  const range = parseTimeRange(options, now);
  refuseFuture(range.since, now);
  const actionText = text("action");
  const action = actionText === null ? null : parseAction(actionText, "--action");
  const allowed = options.denied === true ? false : options.allowed === true ? true : null;
  const limit = text("limit");
  return {
    ...range,
    ...{ reference, action, allowed },
    limit: limit === null ? 50 : parseCount(limit, "--limit", 1, 1000),
    cursor: text("cursor"),
    words: [
      ...["limits", "log"],
      ...(reference === null ? [] : [reference.per === "ip" ? reference.bucket : reference.user]),
      ...word("--action", action),
      ...(allowed === null ? [] : [allowed ? "--allowed" : "--denied"]),
      ...word("--since", text("since")),
      ...word("--until", text("until")),
      ...word("--limit", limit),
    ],
  };
}
