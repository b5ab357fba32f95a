import type { ActEffect, ApprovalReport } from "@vidops/core/admin";
import { type Block, type Document, fields, line, type Text, toned } from "../../output/document.ts";
import { jsonLines } from "../../output/json-lines.ts";
import { showMoment } from "../../output/local-time.ts";
import type { Look } from "../../output/look.ts";
import { effectRows } from "../actions/undo.view.ts";
import { nextCommand } from "../next-command.ts";
import { approvalWords, statusWords } from "./approval-words.ts";
import { approvalRow } from "./list.view.ts";

/** A request, and what came of looking at what it would do. */
export interface SeenRequest {
  readonly request: ApprovalReport;
  /** What it would change now; null where that is not known. */
  readonly effect: ActEffect | null;
  /** Why the act would be refused now. */
  readonly refusal: string | null;
}

/** One request whole, for people. */
export function requestView(seen: SeenRequest, look: Look): Document {
  const { request } = seen;
  const next = (...words: string[]): string => nextCommand(words, look.flags);
  return [
    line(toned(`Request ${request.id}: ${approvalWords(request)}`, "strong")),
    fields(requestRows(seen, look)),
    ...payloadBlock(request),
    ...(request.status === "pending"
      ? [
          line(),
          ...(seen.refusal === null
            ? [line(toned(`Approve it: ${next("approvals", "approve", request.id)}`, "quiet"))]
            : []),
          line(toned(`Reject it:  ${next("approvals", "reject", request.id, "--reason", "WHY")}`, "quiet")),
        ]
      : []),
  ];
}

/** Who asked for what, until when, and what it would change. */
export function requestRows(
  { request, effect, refusal }: SeenRequest,
  { zone, flags }: Look,
): (readonly [label: string, value: Text | null])[] {
  const moment = (iso: string): string => showMoment(iso, zone);
  const pending = request.status === "pending";
  return [
    ["status", statusText(request)],
    [
      "asked by",
      `${request.requesterEmail ?? request.requestedBy}${request.signedIn === false ? ", as a secret key said" : ""}, ${moment(request.createdAt)}`,
    ],
    ["until", pending ? moment(request.expiresAt) : null],
    ["user", whom(request.targetEmail, request.targetUserId)],
    ["model", whom(request.modelName, request.targetModelId)],
    ...(effect === null ? [] : effectRows(effect)),
    ["would be", refusal === null ? null : toned(`refused now: ${refusal}`, "warning")],
    ["reason", request.reason],
    ["ticket", request.ticket],
    [
      "decided",
      request.decidedAt === null
        ? null
        : `by ${request.deciderEmail ?? request.decidedBy}, ${moment(request.decidedAt)}`,
    ],
    ["because", request.decisionReason],
    ["action", request.actionId && nextCommand(["actions", "show", request.actionId], flags)],
    ["hash", request.payloadHash],
  ];
}

/** The call as it is done, to the letter. */
export function payloadBlock({ payload }: ApprovalReport): Block[] {
  return [
    line(),
    line(toned("the exact act", "quiet")),
    ...jsonLines(payload).map((text) => line(`  ${text}`)),
  ];
}

function statusText(request: ApprovalReport): Text {
  return request.status === "pending" ? toned("waits for a second admin", "warning") : statusWords(request);
}

function whom(name: string | null, id: string | null): string | null {
  if (id === null) return null;
  return name === null ? id : `${name} (${id})`;
}

/** The same as JSON data. */
export function requestData({ request, effect, refusal }: SeenRequest): Record<string, unknown> {
  return {
    ...approvalRow(request),
    payload: request.payload,
    idempotency_key: request.idempotencyKey,
    request_action_id: request.requestActionId,
    effect: effect === null ? null : effectData(effect),
    would_be_refused: refusal,
  };
}

/** What an act changes, as JSON data. */
export function effectData(effect: ActEffect): Record<string, unknown> {
  return {
    user_id: effect.userId,
    model_id: effect.modelId,
    amount: effect.change,
    previous_balance: effect.previousBalance,
    new_balance: effect.newBalance,
    before: effect.before,
    after: effect.after,
  };
}
