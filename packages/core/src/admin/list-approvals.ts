import * as z from "zod/mini";
import {
  type DatabaseClient,
  readCursorText,
  requireCount,
  requireUuid,
  rpc,
  writeCursorText,
} from "../database/index.ts";
import { validationError } from "../errors/index.ts";
import { type AdminApproval, type ApprovalStatus, approvalRow, toApproval } from "./admin-approval.ts";

/** Which requests to list. All filters given must fit. */
export interface ApprovalQuery {
  status?: ApprovalStatus | null;
  requestedBy?: string | null;
  /** Requests a page, 1 to 1000. Default 50. */
  limit?: number;
  /** `nextCursor` of the page before. */
  cursor?: string | null;
  signal?: AbortSignal | undefined;
}

/** One page, newest first. */
export interface ApprovalPage {
  approvals: AdminApproval[];
  /** Hand it back for the next page; null on the last one. */
  nextCursor: string | null;
}

const answer = z.object({
  success: z.literal(true),
  approvals: z.array(approvalRow),
  next: z.nullable(z.string()),
});
const statuses: readonly string[] = ["pending", "expired", "executed", "rejected"];

/**
 * Lists acts that wait for a second admin, or did, newest first, a page at a time.
 *
 * @param db a client of an admin, or with a secret key
 * @param query filters and page size
 * @returns the requests and the cursor of the next page
 * @throws VidopsError ERR_4008 bad input or a cursor of another query; ERR_4006 for anybody else than ops
 * @example
 * ```ts
 * const { approvals } = await listApprovals(db, { status: "pending" });
 * ```
 */
export async function listApprovals(db: DatabaseClient, query: ApprovalQuery = {}): Promise<ApprovalPage> {
  const limit = requireCount("limit", query.limit ?? 50, "requests", 1000);
  const status = query.status ?? null;
  if (status !== null && !statuses.includes(status))
    throw validationError("status", `is not one of ${statuses.join(", ")}`);
  const requestedBy = query.requestedBy == null ? null : requireUuid("requestedBy", query.requestedBy);
  const page = await rpc(
    db,
    "list_admin_approvals",
    {
      p_status: status,
      p_requested_by: requestedBy,
      // As text: the database's numbers have more digits than a JavaScript number.
      p_before_id: (query.cursor == null
        ? undefined
        : placeOf(query.cursor, status, requestedBy)) as unknown as number,
      p_limit: limit,
    },
    answer,
    { effect: "read", signal: query.signal },
  );
  return {
    approvals: page.approvals.map(toApproval),
    nextCursor: page.next === null ? null : writeCursorText(["approvals1", status, requestedBy, page.next]),
  };
}

function placeOf(cursor: string, status: string | null, requestedBy: string | null): string {
  const hint = "Take the cursor of the page before as it is, with the same filters, or start without one.";
  const value = readCursorText(cursor, 500);
  const [version, ofStatus, ofRequester, id] = Array.isArray(value) ? (value as unknown[]) : [];
  if (version !== "approvals1" || typeof id !== "string" || !/^\d{1,18}$/.test(id))
    throw validationError("cursor", "is damaged", hint);
  if (ofStatus !== status || ofRequester !== requestedBy)
    throw validationError("cursor", "belongs to a list with other filters", hint);
  return id;
}
