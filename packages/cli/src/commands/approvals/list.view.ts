import type { AdminApproval, ApprovalPage } from "@vidops/core/admin";
import { type Column, columnsTable } from "../../output/columns.ts";
import { type Document, line, toned } from "../../output/document.ts";
import { timeColumn } from "../../output/local-time.ts";
import type { Look } from "../../output/look.ts";
import type { Result } from "../../output/output.ts";
import type { Row } from "../../output/rows.ts";
import { nextCommand } from "../next-command.ts";
import { approvalWords, statusWords } from "./approval-words.ts";
import type { ListInput } from "./list-input.ts";

const columns: readonly Column<AdminApproval>[] = [
  { head: "id", cell: ({ id }) => id, right: true },
  {
    head: "asked by",
    cell: ({ requesterEmail, requestedBy }) => requesterEmail ?? requestedBy,
    minimum: 8,
    screen: 60,
  },
  { head: "for", cell: approvalWords, minimum: 12 },
  { head: "status", cell: statusText, screen: 60 },
  { head: "reason", cell: ({ reason }) => reason, minimum: 12, screen: 120 },
];

/** A page of requests, for people. */
export function listView({ approvals, nextCursor }: ApprovalPage, input: ListInput, look: Look): Document {
  const next = (words: readonly string[]): string => nextCommand(words, look.flags);
  const first = approvals[0];
  if (first === undefined) {
    if (input.cursor !== null) return [line("No more requests.")];
    return [line(input.status === "pending" ? "Nothing waits for approval." : "No requests that fit.")];
  }
  // What waits is read for how long it still does, the rest for when it was.
  const until = input.status === "pending";
  const time = timeColumn(
    until ? "until" : "asked",
    (approval: AdminApproval) => (until ? approval.expiresAt : approval.createdAt),
    approvals,
    look.zone,
  );
  return [
    columnsTable([...columns.slice(0, 1), time, ...columns.slice(1)], approvals, look.width),
    line(toned(`One of them whole: ${next(["approvals", "show", first.id])}`, "quiet")),
    ...(nextCursor === null
      ? []
      : [line(toned(`More: ${next([...input.words, "--cursor", nextCursor])}`, "quiet"))]),
  ];
}

function statusText(approval: AdminApproval): ReturnType<typeof toned> {
  const tone = { pending: "warning", expired: "quiet", executed: "good", rejected: "bad" } as const;
  return toned(statusWords(approval), tone[approval.status]);
}

const names = [
  "id",
  "created_at",
  "expires_at",
  "status",
  "requested_by",
  "requester_email",
  "signed_in",
  "function",
  "action_type",
  "target_user_id",
  "target_email",
  "target_model_id",
  "model_name",
  "amount",
  "reason",
  "ticket",
  "run_id",
  "decided_by",
  "decider_email",
  "decided_at",
  "decision_reason",
  "action_id",
  "payload_hash",
] as const;

/** A request as a row for csv and ndjson, and as JSON data. */
export function approvalRow(approval: AdminApproval): Row {
  return {
    id: approval.id,
    created_at: approval.createdAt,
    expires_at: approval.expiresAt,
    status: approval.status,
    requested_by: approval.requestedBy,
    requester_email: approval.requesterEmail,
    signed_in: approval.signedIn,
    function: approval.functionName,
    action_type: approval.actionType,
    target_user_id: approval.targetUserId,
    target_email: approval.targetEmail,
    target_model_id: approval.targetModelId,
    model_name: approval.modelName,
    amount: approval.amount,
    reason: approval.reason,
    ticket: approval.ticket,
    run_id: approval.runId,
    decided_by: approval.decidedBy,
    decider_email: approval.deciderEmail,
    decided_at: approval.decidedAt,
    decision_reason: approval.decisionReason,
    action_id: approval.actionId,
    payload_hash: approval.payloadHash,
  };
}

/** The same as rows for csv and ndjson. */
export function listRows({ approvals }: ApprovalPage): NonNullable<Result["list"]> {
  return { columns: names, rows: approvals.map(approvalRow) };
}

/** The same as JSON data. */
export function listData({ approvals, nextCursor }: ApprovalPage): Record<string, unknown> {
  return { approvals: approvals.map(approvalRow), next_cursor: nextCursor };
}
