import type { ApprovalStatus } from "@vidops/core/admin";
import { parseCount, parseUserReference, shown } from "../../arguments.ts";
import { usageError } from "../../command-error.ts";

const statuses = ["pending", "expired", "executed", "rejected", "all"] as const;

export interface ListInput {
  /** Null is all. */
  readonly status: ApprovalStatus | null;
  /** Id or email. */
  readonly by: string | null;
  readonly limit: number;
  readonly cursor: string | null;
  /** The same list in words, without the cursor: for the command that shows its next page. */
  readonly words: readonly string[];
}

/**
 * Reads the options of `vidops approvals list`.
 * @throws CommandError exit 2.
 */
export function parseListInput(options: Readonly<Record<string, unknown>>): ListInput {
  const text = (name: string): string | null => (options[name] as string | undefined) ?? null;
  const given = text("status") ?? "pending";
  const status = statuses.find((known) => known === given);
  if (status === undefined)
    throw usageError(`--status must be ${statuses.slice(0, -1).join(", ")} or all, got ${shown(given)}.`);
  const [by, limit] = [text("by"), text("limit")];
  return {
    status: status === "all" ? null : status,
    by: by === null ? null : parseUserReference(by, "--by"),
    limit: limit === null ? 50 : parseCount(limit, "--limit", 1, 1000),
    cursor: text("cursor"),
    words: [
      ...["approvals", "list"],
      ...["status", "by", "limit"].flatMap((flag) =>
        text(flag) === null ? [] : [`--${flag}`, text(flag) ?? ""],
      ),
    ],
  };
}
