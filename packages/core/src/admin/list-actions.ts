import * as z from "zod/mini";
import { type DatabaseClient, requireCount, requireRunId, requireUuid, rpc } from "../database/index.ts";
import { validationError } from "../errors/index.ts";
import { decodeActionCursor, encodeActionCursor, type ListedActions } from "./action-cursor.ts";
import { type ActionType, actionTypes } from "./action-types.ts";
import { type AdminAction, actionRow, toAction } from "./admin-action.ts";

/** Which acts to list. All filters given must fit. */
export interface AdminActionQuery {
  actionType?: ActionType | null;
  /** Who acted. */
  adminUserId?: string | null;
  /** Whom it was about. */
  targetUserId?: string | null;
  targetModelId?: string | null;
  ticket?: string | null;
  /** The run that did it, as printed by the command that did. */
  runId?: string | null;
  /** Only acts at this time or later. */
  since?: Date | string | null;
  /** Only acts before this time. */
  until?: Date | string | null;
  /** Acts a page, 1 to 1000. Default 50. */
  limit?: number;
  /** `nextCursor` of the page before. */
  cursor?: string | null;
  signal?: AbortSignal | undefined;
}

/** One page, newest first. */
export interface AdminActionPage {
  actions: AdminAction[];
  /** Hand it back for the next page; null on the last one. */
  nextCursor: string | null;
}

const answer = z.object({
  success: z.literal(true),
  actions: z.array(actionRow),
  next: z.nullable(z.object({ created_at: z.string(), id: z.string() })),
});

/**
 * Lists what admins did, newest first, a page at a time. Pages stay right while acts are added.
 *
 * @param db a client of an admin, or with a secret key
 * @param query filters, page size, and time range
 * @returns the acts and the cursor of the next page
 * @throws VidopsError ERR_4008 bad input or a cursor of another query; ERR_4006 for anybody else than ops
 * @example
 * ```ts
 * const { actions } = await listAdminActions(db, { targetUserId: user.id, since: "2026-11-01T00:00:00Z" });
 * ```
 */
export async function listAdminActions(
  db: DatabaseClient,
  query: AdminActionQuery = {},
): Promise<AdminActionPage> {
  const limit = requireCount("limit", query.limit ?? 50, "acts", 1000);
  const asked = listed(query);
  const { query: shown, place } =
    query.cursor == null ? { query: asked, place: null } : decodeActionCursor(query.cursor, asked);
  const page = await rpc(
    db,
    "list_admin_actions",
    {
      p_action_type: shown.actionType,
      p_admin_user_id: shown.adminUserId,
      p_target_user_id: shown.targetUserId,
      p_target_model_id: shown.targetModelId,
      p_ticket: shown.ticket,
      p_run_id: shown.runId,
      p_since: shown.since,
      p_until: shown.until,
      p_before_created_at: place?.createdAt,
      // As text: the database's numbers have more digits than a JavaScript number.
      p_before_id: place?.id as unknown as number | undefined,
      p_limit: limit,
    },
    answer,
    { effect: "read", signal: query.signal },
  );
  return {
    actions: page.actions.map(toAction),
    nextCursor:
      page.next === null
        ? null
        : encodeActionCursor(shown, { createdAt: page.next.created_at, id: page.next.id }),
  };
}

function listed(query: AdminActionQuery): ListedActions {
  const { actionType, ticket } = query;
  if (actionType != null && !actionTypes.includes(actionType))
    throw validationError("actionType", "is not a kind of act", `Known: ${actionTypes.join(", ")}.`);
  if (ticket != null && !(typeof ticket === "string" && ticket.trim() !== "" && ticket.length <= 400))
    throw validationError("ticket", "is blank or too long", "Give 1 to 100 characters, e.g. SUP-4711.");
  const [since, until] = [time("since", query.since), time("until", query.until)];
  if (since !== null && until !== null && since >= until)
    throw validationError("since", "is not before until", "Give a start that is earlier than the end.");
  const id = (field: "adminUserId" | "targetUserId" | "targetModelId"): string | null =>
    query[field] == null ? null : requireUuid(field, query[field]);
  return {
    actionType: actionType ?? null,
    adminUserId: id("adminUserId"),
    targetUserId: id("targetUserId"),
    targetModelId: id("targetModelId"),
    ticket: ticket?.trim() ?? null,
    runId: query.runId == null ? null : requireRunId(query.runId),
    ...{ since, until },
  };
}

function time(field: string, value: Date | string | null | undefined): string | null {
  if (value === null || value === undefined) return null;
  const date = new Date(value);
  // Four digits of year only: the order of other years' texts is not their order in time.
  const text = Number.isNaN(date.getTime()) ? "" : date.toISOString();
  if (/^\d{4}-/.test(text)) return text;
  throw validationError(field, "is not a time", "Give an ISO 8601 time, e.g. 2026-11-01T00:00:00Z.");
}
