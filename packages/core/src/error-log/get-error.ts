import * as z from "zod/mini";
import { type DatabaseClient, rpc } from "../database/index.ts";
import { validationError } from "../errors/index.ts";
import { filterText } from "./error-filters.ts";
import { type LoggedError, loggedErrorRow, toLoggedError } from "./logged-error.ts";

/** An entry of the error log, whole. */
export interface ErrorReport extends LoggedError {
  /** What was asked for, as it was stored. */
  requestData: unknown;
  /** What went wrong, as it was stored. */
  details: unknown;
}

const answer = z.object({
  success: z.literal(true),
  entry: z.intersection(loggedErrorRow, z.object({ request_data: z.unknown(), error_details: z.unknown() })),
});

/**
 * Reads one logged error whole.
 *
 * @param db a client of an admin, or with a secret key
 * @param idOrRequestId the entry's id, or the id of its request; of several errors of one request the newest
 * @param options a signal
 * @returns the entry with its request data and details
 * @throws VidopsError ERR_4007 `error_not_found`; ERR_4008 bad input; ERR_4006 for anybody else than ops
 * @example
 * ```ts
 * const { details } = await getError(db, "req_1m2qk3v7w0a9bcdefghj");
 * ```
 */
export async function getError(
  db: DatabaseClient,
  idOrRequestId: string,
  options: { signal?: AbortSignal | undefined } = {},
): Promise<ErrorReport> {
  const id = filterText("id", idOrRequestId, 200);
  if (id === null) throw validationError("id", "is missing", "Give the id of an error or of a request.");
  const { entry } = await rpc(db, "get_error", { p_error: id }, answer, {
    effect: "read",
    signal: options.signal,
  });
  return { ...toLoggedError(entry), requestData: entry.request_data, details: entry.error_details };
}
