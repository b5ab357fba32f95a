import type { ApprovalThreshold } from "@vidops/core/admin";
import { type Column, columnsTable } from "../../output/columns.ts";
import { type Document, line, toned } from "../../output/document.ts";
import { timeColumn } from "../../output/local-time.ts";
import type { Look } from "../../output/look.ts";
import type { Result } from "../../output/output.ts";
import type { Row } from "../../output/rows.ts";
import { nextCommand } from "../next-command.ts";

const meanings: Readonly<Record<string, string>> = {
  act_credits: "one refund or adjustment",
  day_credits: "what one admin moves in 24 hours",
};

const columns: readonly Column<ApprovalThreshold>[] = [
  { head: "threshold", cell: ({ name }) => name },
  { head: "credits", cell: ({ credits }) => `${credits}`, right: true },
  { head: "of", cell: ({ name }) => meanings[name] ?? "", minimum: 10, screen: 60 },
  {
    head: "set by",
    cell: ({ updatedByEmail, updatedBy }) => updatedByEmail ?? updatedBy ?? "",
    minimum: 8,
    screen: 80,
  },
];

/** The thresholds, for people. */
export function thresholdsView(thresholds: readonly ApprovalThreshold[], look: Look): Document {
  const set = nextCommand(["approvals", "set-threshold", "--help"], look.flags);
  if (thresholds.length === 0)
    return [
      line("No threshold is set: no act needs a second admin."),
      line(toned(`Set one: ${set}`, "quiet")),
    ];
  const since = timeColumn("since", ({ updatedAt }: ApprovalThreshold) => updatedAt, thresholds, look.zone, {
    screen: 70,
  });
  return [
    columnsTable([...columns, since], thresholds, look.width),
    line(
      "Making somebody an admin, unbanning an admin, and raising or removing a threshold need a second admin too.",
    ),
    line(toned(`Change one: ${set}`, "quiet")),
  ];
}

function row(threshold: ApprovalThreshold): Row {
  return {
    name: threshold.name,
    credits: threshold.credits,
    updated_at: threshold.updatedAt,
    updated_by: threshold.updatedBy,
    updated_by_email: threshold.updatedByEmail,
  };
}

/** The same as rows for csv and ndjson. */
export function thresholdsRows(thresholds: readonly ApprovalThreshold[]): NonNullable<Result["list"]> {
  return {
    columns: ["name", "credits", "updated_at", "updated_by", "updated_by_email"],
    rows: thresholds.map(row),
  };
}

/** The same as JSON data. */
export function thresholdsData(thresholds: readonly ApprovalThreshold[]): Record<string, unknown> {
  return { thresholds: thresholds.map(row) };
}
