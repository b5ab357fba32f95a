// RFC 9110 section 5.6.7: the format of today and the two obsolete ones, which a recipient must understand. Date.parse alone
// takes "-5" and "1.5" for dates; it refuses the names of days and months that this lets through.
const HTTP_DATE =
  /^(?:[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} [\d:]{8} GMT|[A-Z][a-z]+day, \d\d-[A-Z][a-z]{2}-\d\d [\d:]{8} GMT|([A-Z][a-z]{2} ){2}[ \d]\d [\d:]{8} \d{4})$/;

/**
 * Reads how long a server asks to wait: `retry-after-ms` (milliseconds, a common extension) before `Retry-After`
 * (whole seconds, or a date). Anything that is not exactly one of these is as good as nothing.
 *
 * @param headers of the response
 * @param now the time now, in milliseconds since 1970
 * @returns milliseconds, 0 for a date that has passed; null when the server does not say, or nobody can tell what
 * @see RFC 9110 section 10.2.3
 * @example
 * ```ts
 * parseRetryAfter(new Headers({ "retry-after": "120" }), Date.now()); // 120000
 * ```
 */
export function parseRetryAfter(headers: Headers, now: number): number | null {
  const precise = headers.get("retry-after-ms") ?? "";
  if (/^\d{1,12}(?:\.\d{1,6})?$/.test(precise)) return Number(precise);
  const value = headers.get("retry-after") ?? "";
  if (/^\d{1,10}$/.test(value)) return Number(value) * 1_000;
  if (!HTTP_DATE.test(value)) return null;
  // The third form names no zone and means UTC as well.
  const date = Date.parse(value.endsWith("GMT") ? value : `${value} GMT`);
  return Number.isNaN(date) ? null : Math.max(0, date - now);
}
