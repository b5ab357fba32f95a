/**
 * Whether a request can have reached the server:
 * - `not_sent`: no byte of it can have arrived;
 * - `unknown`: it may have arrived and may have been carried out.
 */
export type Sent = "not_sent" | "unknown";

/** Why a request failed below HTTP. */
export interface NetworkFailure {
  readonly sent: Sent;
  /** `tls_failed` stays so until somebody mends it; the others may pass by themselves. */
  readonly reason: "not_connected" | "tls_failed" | "connection_lost" | "timeout";
}

// What runtimes say, as a code or in words, in the phases that end before the first byte of a request is written. Node and
// Bun have codes; Deno names the phase, after the URL, in which no blank can stand; Bun has sentences too.
const NOT_CONNECTED =
  /^(?:ECONNREFUSED|ENOTFOUND|EAI_AGAIN|UND_ERR_CONNECT|ConnectionRefused|FailedToOpen|Unable to connect|Client network socket)|\bconnect E| client error \(Connect\)|typo in the url/m;
const TLS_FAILED =
  /^(?:CERT_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_|ERR_TLS_|ERR_SSL_WRONG|EPROTO$)| client error \(Connect\): (?:invalid peer cert|received corrupt)/m;

// Met while a request or its answer was on the way, in words: Deno, workerd, Bun, Chromium, Safari, Firefox, React Native. "fetch failed"
// alone is not here: Node says it of a bad port, an unknown scheme and a refused redirect too, and a real failure has a cause.
const LOST =
  /^(?:ECONN|EPIPE|ETIMEDOUT|EHOST|ENET|UND_ERR_[SHB]|HPE_|HTTPParser|Malformed_HTTP|ConnectionClosed|ERR_HTTP2|ERR_SSL|error (?:sending|reading)|internal error; ref|Failed to fetch$|Load failed$|NetworkError|Network request (?:failed|timed out)$)|connection (?:lost|reset|was closed)/im;

/**
 * Tells a failure of the network from a mistake in the program, by what the runtime threw, and whether the request can
 * have reached the server. What is not known to be unsent is `unknown`: workerd and browsers use the same words for both.
 *
 * @param thrown what `fetch` rejected with
 * @returns the failure, or null when it is none: an invalid URL, header, port, scheme or body, a refused redirect
 * @example
 * ```ts
 * networkFailure(error)?.sent === "not_sent"; // safe to send again, whatever the method
 * ```
 */
export function networkFailure(thrown: unknown): NetworkFailure | null {
  const said = words(thrown, 0);
  if (TLS_FAILED.test(said)) return { sent: "not_sent", reason: "tls_failed" };
  if (NOT_CONNECTED.test(said)) return { sent: "not_sent", reason: "not_connected" };
  return LOST.test(said) ? { sent: "unknown", reason: "connection_lost" } : null;
}

/** Codes, names and messages of an error, its causes, and the parts of an aggregate, as Node makes of a host's several addresses; each in a line. */
function words(thrown: unknown, depth: number): string {
  if (!thrown || depth > 4) return "";
  const { code, name, message, cause, errors } = thrown as Record<string, unknown>;
  const inner = [cause].concat(errors).map((part) => words(part, depth + 1));
  // One line each: a message that quotes another must not look as if it began with it.
  const own = [code, name, message].map((word) => String(word).replace(/\s+/g, " "));
  return [...own, ...inner].join("\n");
}
