import * as z from "zod/mini";
import { redactText } from "../logging/index.ts";

/** An entry of the error log, as a list shows it. */
export interface LoggedError {
  id: string;
  /** ISO 8601, UTC. */
  createdAt: string;
  code: string;
  endpoint: string;
  userId: string | null;
  requestId: string | null;
  /** The language that the user was answered in. */
  language: string | null;
  /** The HTTP status of the answer. */
  status: number | null;
  /** The same for errors that are alike; null for entries older than fingerprints. */
  fingerprint: string | null;
  /** What happened, on one line of at most some 300 characters. */
  summary: string | null;
}

/** What the database says of an entry. */
export const loggedErrorRow: z.ZodMiniType<LoggedErrorRow> = z.object({
  id: z.string(),
  created_at: z.string(),
  error_code: z.string(),
  endpoint: z.string(),
  user_id: z.nullable(z.string()),
  request_id: z.nullable(z.string()),
  language: z.nullable(z.string()),
  status: z.nullable(z.int()),
  fingerprint: z.nullable(z.string()),
  summary: z.nullable(z.string()),
});

interface LoggedErrorRow {
  id: string;
  created_at: string;
  error_code: string;
  endpoint: string;
  user_id: string | null;
  request_id: string | null;
  language: string | null;
  status: number | null;
  fingerprint: string | null;
  summary: string | null;
}

/** Renames a row's columns, and makes its summary fit for one line. */
export function toLoggedError(row: LoggedErrorRow): LoggedError {
  return {
    id: row.id,
    createdAt: isoTime(row.created_at),
    code: row.error_code,
    endpoint: row.endpoint,
    userId: row.user_id,
    requestId: row.request_id,
    language: row.language,
    status: row.status,
    fingerprint: row.fingerprint,
    summary: row.summary === null ? null : oneLine(row.summary),
  };
}

/** A time of the database as ISO 8601; what is no point in time ("infinity") stays as it is. */
export function isoTime(text: string): string {
  const time = new Date(text);
  return Number.isNaN(time.getTime()) ? text : time.toISOString();
}

// Rows that were inserted without logError may hold anything.
function oneLine(text: string): string | null {
  const line = redactText(text)
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\s]+/gu, " ")
    .trim();
  return line === "" ? null : line;
}
