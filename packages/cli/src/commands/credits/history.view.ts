import type { CreditHistory } from "@vidops/core/credits";
import { type Column, columnsTable } from "../../output/columns.ts";
import { type Document, line, toned } from "../../output/document.ts";
import { timeColumn } from "../../output/local-time.ts";
import type { Look } from "../../output/look.ts";
import type { Result } from "../../output/output.ts";
import { nextCommand } from "../next-command.ts";

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

type Entry = CreditHistory["entries"][number];

// What a narrow screen has no room for is whole in a pipe and with --json.
const shown: readonly Column<Entry>[] = [
  {
    head: "change",
    cell: ({ change }) => (change > 0 ? toned(`+${change}`, "good") : `${change}`),
    right: true,
  },
  { head: "balance", cell: ({ balanceAfter }) => `${balanceAfter}`, right: true },
  { head: "reason", cell: ({ reason }) => reason, minimum: 12 },
  { head: "job", cell: ({ jobId }) => jobId ?? "", minimum: 8, screen: 60 },
];

/**
 * A page of the ledger, for people.
 * @param words the same list as a command without its cursor, for the next page.
 */
export function historyView(
  { entries, nextCursor }: CreditHistory,
  words: readonly string[],
  { width, zone, flags }: Look,
): Document {
  if (entries.length === 0) return [line("No entries.")];
  const time = timeColumn("time", ({ createdAt }: Entry) => createdAt, entries, zone, {
    minimum: 8,
    keep: "end",
  });
  return [
    columnsTable([time, ...shown], entries, width),
    ...(nextCursor === null
      ? []
      : [line(toned(`More: ${nextCommand([...words, "--cursor", nextCursor], flags)}`, "quiet"))]),
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
