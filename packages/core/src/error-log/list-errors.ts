import * as z from "zod/mini";
import { type DatabaseClient, requireCount, rpc } from "../database/index.ts";
import { decodeErrorCursor, encodeErrorCursor, type ListedErrors } from "./error-cursor.ts";
import { checkFilters, checkTimes, type ErrorFilters, filterText } from "./error-filters.ts";
import { type LoggedError, loggedErrorRow, toLoggedError } from "./logged-error.ts";

/** Which errors to list. All filters given must fit. */
export interface ErrorQuery extends ErrorFilters {
  /** Errors that are alike, as `fingerprint` of one of them tells. */
  fingerprint?: string | null;
  requestId?: string | null;
  /** Only errors at this time or later. */
  since?: Date | string | null;
  /** Only errors before this time. */
  until?: Date | string | null;
  /** Entries a page, 1 to 1000. Default 50. */
  limit?: number;
  /** `nextCursor` of the page before. */
  cursor?: string | null;
  signal?: AbortSignal | undefined;
}

/** One page, newest first. */
export interface ErrorPage {
  entries: LoggedError[];
  /** Hand it back for the next page; null on the last one. */
  nextCursor: string | null;
}

const answer = z.object({
  success: z.literal(true),
  entries: z.array(loggedErrorRow),
  next: z.nullable(z.object({ created_at: z.string(), id: z.string() })),
});

/**
 * Lists logged errors, newest first, a page at a time. Pages stay right while errors are added, and each filter is
 * answered by an index.
 *
 * @param db a client of an admin, or with a secret key
 * @param query filters, page size, and time range
 * @returns the entries and the cursor of the next page
 * @throws VidopsError ERR_4008 bad input, a start in the future, or a cursor of another query; ERR_4006 for
 *   anybody else than ops
 * @example
 * ```ts
 * const { entries } = await listErrors(db, { code: "ERR_5001", since: new Date(Date.now() - 3_600_000) });
 * ```
 */
export async function listErrors(db: DatabaseClient, query: ErrorQuery = {}): Promise<ErrorPage> {
  const limit = requireCount("limit", query.limit ?? 50, "entries", 1000);
  const asked: ListedErrors = {
    ...checkFilters(query),
    fingerprint: filterText("fingerprint", query.fingerprint, 64),
    requestId: filterText("requestId", query.requestId, 200),
    ...checkTimes(query),
  };
  const { query: listed, place } =
    query.cursor == null ? { query: asked, place: null } : decodeErrorCursor(query.cursor, asked);
  const page = await rpc(
    db,
    "list_errors",
    {
      p_code: listed.code ?? undefined,
      p_endpoint: listed.endpoint ?? undefined,
      p_user_id: listed.userId ?? undefined,
      p_language: listed.language ?? undefined,
      p_fingerprint: listed.fingerprint ?? undefined,
      p_request_id: listed.requestId ?? undefined,
      p_since: listed.since ?? undefined,
      p_until: listed.until ?? undefined,
      p_before_created_at: place?.createdAt,
      // As text: the database's numbers have more digits than a JavaScript number.
      p_before_id: place?.id as unknown as number | undefined,
      p_limit: limit,
    },
    answer,
    { effect: "read", signal: query.signal },
  );
  const next = page.next === null ? null : { createdAt: page.next.created_at, id: page.next.id };
  return {
    entries: page.entries.map(toLoggedError),
    nextCursor: next === null ? null : encodeErrorCursor(listed, next),
  };
}
