import type { LoggedError } from "@vidops/core/error-log";
import { type Text, type Tone, toned } from "../../output/document.ts";
import type { Row } from "../../output/rows.ts";

/** The columns of a logged error in csv and ndjson. */
export const errorColumns = [
  "id",
  "created_at",
  "code",
  "endpoint",
  "user_id",
  "request_id",
  "language",
  "status",
  "fingerprint",
  "summary",
] as const;

/** A logged error as a row for csv and ndjson, and as JSON data. */
export function errorRow(error: LoggedError): Row {
  return {
    id: error.id,
    created_at: error.createdAt,
    code: error.code,
    endpoint: error.endpoint,
    user_id: error.userId,
    request_id: error.requestId,
    language: error.language,
    status: error.status,
    fingerprint: error.fingerprint,
    summary: error.summary,
  };
}

/** How grave a code is by its family: 6 the system, 5 a provider, 4 the caller's request. */
export function toneOf(code: string): Tone | null {
  if (/^ERR_6\d{3}$/.test(code)) return "bad";
  return /^ERR_5\d{3}$/.test(code) ? "warning" : null;
}

/** A code in the colour of its family. */
export function codeText(code: string): Text {
  const tone = toneOf(code);
  return tone === null ? code : toned(code, tone);
}
