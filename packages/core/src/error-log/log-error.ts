import * as z from "zod/mini";
import { type DatabaseClient, isUuid, rpc } from "../database/index.ts";
import { isVidopsError } from "../errors/index.ts";
import { createLogger, type JsonValue, type Logger, logSafely } from "../logging/index.ts";
import { storableJson, storableText } from "./storable.ts";

/** An error that somebody met. */
export interface ErrorLogEntry {
  /** The code that the user was given, e.g. `"ERR_5001"`. */
  code: string;
  /** Where it happened, e.g. `"/generate-video"`. */
  endpoint: string;
  /** Who met it; an id that is no user's is kept in the details. */
  userId?: string | null;
  /** The request's id, which the user was told too. */
  requestId?: string | null;
  /** The language of the answer, e.g. `"tr"`. */
  language?: string | null;
  /** The HTTP status of the answer. */
  status?: number | null;
  /** What was asked for. Secrets are taken out. */
  requestData?: unknown;
  /** What went wrong: an error, or anything else. Secrets are taken out. */
  details?: unknown;
}

/** How {@link logError} works. */
export interface LogErrorOptions {
  /** Whether email addresses are taken out too. Default false. */
  redactEmails?: boolean;
  /** Where an entry goes that could not be stored. Default: `console.log`. */
  log?: Logger;
  /** How long storing may take, in milliseconds. Default 5000; never longer than the client's own time. */
  timeoutMs?: number;
}

/** An entry that was stored. */
export interface StoredError {
  id: string;
  /** The same for errors that are alike. */
  fingerprint: string;
}

const defaultTimeoutMs = 5_000;

const answer = z.object({ success: z.literal(true), id: z.string(), fingerprint: z.string() });

/**
 * Stores an error in `error_log`, with one request. It never rejects: what cannot be stored becomes one log line,
 * `error_log_failed`, with the entry in it, because the request that it tells about has to go on. To make a user
 * wait for nothing, do not await it where the runtime has `waitUntil`.
 *
 * Secrets are taken out by key and by look (see `redact`), and data is bounded.
 *
 * @param db a client with a secret key
 * @param entry code, endpoint, and what else is known
 * @param options whether emails go too, where a failure is told, and how many milliseconds it may take
 * @returns the entry's id and fingerprint, or null when it was not stored
 * @example
 * ```ts
 * await logError(db, { code: ErrorCode.ERR_5001, endpoint: "/generate-video", userId, requestId, details: error });
 * ```
 */
export async function logError(
  db: DatabaseClient,
  entry: ErrorLogEntry,
  options: LogErrorOptions = {},
): Promise<StoredError | null> {
  let stored: StorableEntry | null = null;
  try {
    stored = storableEntry(entry, options.redactEmails === true);
    const { id, fingerprint } = await rpc(
      withTimeout(db, options.timeoutMs),
      "log_error",
      {
        p_error_code: stored.code,
        p_endpoint: stored.endpoint,
        p_user_id: stored.userId,
        p_request_id: stored.requestId,
        p_language: stored.language,
        p_status: stored.status,
        p_request_data: stored.requestData,
        p_error_details: stored.details,
      },
      answer,
      { effect: "write" },
    );
    return { id, fingerprint };
  } catch (error) {
    tell(error, stored, options);
    return null;
  }
}

/** An entry as the database takes it. */
interface StorableEntry {
  code: string;
  endpoint: string;
  userId: string | null;
  requestId: string | null;
  language: string | null;
  status: number | null;
  requestData: JsonValue;
  details: JsonValue;
}

function storableEntry(entry: ErrorLogEntry, redactEmails: boolean): StorableEntry {
  const text = (value: unknown, maxLength: number): string | null =>
    storableText(value, maxLength, redactEmails);
  const { userId, status } = entry;
  const known = typeof userId === "string" && isUuid(userId);
  const isStatus = typeof status === "number" && Number.isInteger(status) && status >= 100 && status <= 599;
  const details = storableJson(entry.details, redactEmails);
  return {
    code: text(entry.code, 100) ?? "ERR_6003",
    endpoint: text(entry.endpoint, 500) ?? "unknown",
    userId: known ? userId : null,
    requestId: text(entry.requestId, 200),
    language: text(entry.language, 35),
    status: isStatus ? status : null,
    requestData: storableJson(entry.requestData, redactEmails),
    details: known || userId == null ? details : withUserId(details, text(String(userId), 200)),
  };
}

/** Keeps an id that is no uuid where the database keeps one that is no user's. */
function withUserId(details: JsonValue, userId: string | null): JsonValue {
  const fields =
    typeof details === "object" && details !== null && !Array.isArray(details)
      ? details
      : details === null
        ? {}
        : { details };
  return { ...fields, unknown_user_id: userId };
}

function withTimeout(db: DatabaseClient, asked: number = defaultTimeoutMs): DatabaseClient {
  // What is no time, or longer than a timer takes, must not become a timeout of one millisecond.
  const timeoutMs = asked >= 1 && asked <= 2_147_483_647 ? asked : defaultTimeoutMs;
  return {
    rpc: (name, args) => db.rpc(name, args),
    from: (table) => db.from(table),
    timeoutMs: Math.min(timeoutMs, db.timeoutMs ?? timeoutMs),
  };
}

function tell(error: unknown, entry: StorableEntry | null, { log = createLogger() }: LogErrorOptions): void {
  const why = isVidopsError(error)
    ? { reason: error.reason, message: error.message, details: error.details }
    : { reason: "unexpected", message: error };
  logSafely(log, "error_log_failed", { ...why, entry }, "error");
}
