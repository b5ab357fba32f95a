import type { RetryEvent } from "./retry-config.ts";

/**
 * What `onRetry` is told, as attributes of a span.
 *
 * @param event of `onRetry`
 * @returns attributes by OpenTelemetry's names
 * @see https://opentelemetry.io/docs/specs/semconv/http/http-spans/
 * @example
 * ```ts
 * await fetchWithRetry(url, {}, { onRetry: (event) => span.addEvent("retry", openTelemetryAttributes(event)) });
 * ```
 */
export function openTelemetryAttributes({
  method,
  url,
  attempt,
}: RetryEvent): Record<string, string | number> {
  const { hostname, port } = new URL(url);
  return {
    "http.request.method": method,
    "url.full": url,
    "server.address": hostname,
    ...(port !== "" && { "server.port": Number(port) }),
    "http.request.resend_count": attempt.number,
    ...(attempt.status !== null && { "http.response.status_code": attempt.status }),
    "error.type": attempt.reason ?? String(attempt.status),
  };
}
