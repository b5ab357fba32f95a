import type { CreditHistory } from "@vidops/core/credits";
import { type Document, line, table, toned } from "../../output/document.ts";
import type { Result } from "../../output/output.ts";

const columns = [
  "id",
  "created_at",
  "change",
  "balance_after",
  "reason",
  "job_id",
  "transaction_id",
  "user_id",
] as const;

/** A page of the ledger, for people. */
export function historyView({ entries, nextCursor }: CreditHistory, user: string): Document {
  if (entries.length === 0) return [line("No entries.")];
  return [
    table(
      ["time (UTC)", "change", "balance", "reason", "job"],
      entries.map((entry) => [
        entry.createdAt.slice(0, 19).replace("T", " "),
        entry.change > 0 ? toned(`+${entry.change}`, "good") : `${entry.change}`,
        `${entry.balanceAfter}`,
        entry.reason,
        entry.jobId ?? "",
      ]),
      [1, 2],
    ),
    ...(nextCursor === null
      ? []
      : [line(toned(`More: vidops credits history ${user} --cursor ${nextCursor}`, "quiet"))]),
  ];
}

/** The same as rows for csv and ndjson. */
export function historyRows({ entries }: CreditHistory): NonNullable<Result["list"]> {
  const rows = entries.map((entry) => ({
    id: entry.id,
    created_at: entry.createdAt,
    change: entry.change,
    balance_after: entry.balanceAfter,
    reason: entry.reason,
    job_id: entry.jobId,
    transaction_id: entry.transactionId,
    user_id: entry.userId,
  }));
  return { columns, rows };
}

/** The same as JSON data. */
export function historyData(page: CreditHistory): Record<string, unknown> {
  return { entries: historyRows(page).rows, next_cursor: page.nextCursor };
}
