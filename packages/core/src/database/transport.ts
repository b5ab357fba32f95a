/**
 * What a failed request tells about the server:
 * - `not_sent`: no byte of the request can have arrived;
 * - `unknown`: it may have arrived and may have been carried out.
 */
export type Sent = "not_sent" | "unknown";

/** A failure of the transport, told from the words of the runtime. */
export interface TransportFailure {
  sent: Sent;
  /** Machine name, e.g. `"connection_refused"`. */
  reason: string;
  /** True when the same call may work later without anybody changing anything. */
  passing: boolean;
}

/** What postgrest-js makes of an error that `fetch` threw. */
export interface TransportText {
  message?: unknown;
  details?: unknown;
}

// Codes of Node's connect and TLS phases, which end before the first byte of a request is written.
const NOT_SENT_CODES: Readonly<Record<string, string>> = {
  ECONNREFUSED: "connection_refused",
  ENOTFOUND: "host_not_found",
  EAI_AGAIN: "dns_unavailable",
  UND_ERR_CONNECT_TIMEOUT: "connect_timeout",
  CERT_HAS_EXPIRED: "tls_failed",
  DEPTH_ZERO_SELF_SIGNED_CERT: "tls_failed",
  SELF_SIGNED_CERT_IN_CHAIN: "tls_failed",
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: "tls_failed",
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: "tls_failed",
  ERR_TLS_CERT_ALTNAME_INVALID: "tls_failed",
  ERR_SSL_WRONG_VERSION_NUMBER: "tls_failed",
};

// Words that tell as much where there is no code. Deno names the phase; Bun has a sentence for it.
const NOT_SENT_WORDS: readonly (readonly [RegExp, string])[] = [
  [/\bconnect (?:ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|EADDRNOTAVAIL)\b/, "connect_failed"],
  [/client error \(Connect\).*dns error/i, "host_not_found"],
  [/client error \(Connect\).*(?:certificate|tls)/i, "tls_failed"],
  [/client error \(Connect\)/, "connection_refused"],
  [/Unable to connect\. Is the computer able to access the url\?/, "connection_refused"],
  [/Was there a typo in the url or port\?/, "host_not_found"],
  [/\bbad port\b/, "bad_port"],
];

const LASTING = new Set(["tls_failed", "bad_port", "host_not_found"]);

/**
 * Tells from what a runtime said whether a failed request can have reached the server. postgrest-js hands over
 * text, not the error, so this reads text. What is not known to be unsent is `unknown`: workerd and browsers
 * say the same words for both.
 *
 * @param error the error of a postgrest-js answer whose status is 0
 * @returns whether it was sent, why it failed, and whether that may pass by itself
 * @example
 * ```ts
 * transportFailure({ message: "TypeError: fetch failed", details: "…Caused by: Error: connect ECONNREFUSED ::1:1 (ECONNREFUSED)" });
 * // { sent: "not_sent", reason: "connection_refused", passing: true }
 * ```
 */
export function transportFailure(error: TransportText): TransportFailure {
  const message = typeof error.message === "string" ? error.message : "";
  const details = typeof error.details === "string" ? error.details : "";
  // The stack below may hold any word, file names included.
  const said = `${message}\n${details.split(/\n\s+at /, 1)[0] ?? ""}`;
  const code = /^Caused by: [\s\S]*?\(([A-Z][A-Z0-9_]+)\)$/m.exec(said)?.[1];
  const byCode = code === undefined ? undefined : NOT_SENT_CODES[code];
  const reason = byCode ?? NOT_SENT_WORDS.find(([words]) => words.test(said))?.[1];
  if (reason !== undefined) return { sent: "not_sent", reason, passing: !LASTING.has(reason) };
  return { sent: "unknown", reason: "connection_lost", passing: true };
}
