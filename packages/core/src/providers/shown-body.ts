import { redactText } from "../logging/index.ts";

const MAX_DEPTH = 8;
const MAX_SHOWN = 2_000;

// What the user wrote or uploaded, which providers repeat in their errors.
const PRIVATE =
  /^(?:(?:json_|user_)?input|given|received|(?:negative_?)?prompt(?:_?text|_?image)?|(?:tail_)?image(?:_url)?)$/i;

/**
 * What of a provider's answer may stand in an error's details: its start, without keys, without what the user wrote, and
 * without the queries of URLs, which hold signatures.
 *
 * @param text the body
 * @param secrets what is never shown, e.g. the key that was sent
 * @returns one line of at most 2,000 characters; null when there is nothing
 * @example
 * ```ts
 * shownBody('{"detail":[{"type":"missing","input":{"prompt":"…"}}]}', []); // '{"detail":[{"type":"missing","input":"[not shown]"}]}'
 * ```
 */
export function shownBody(text: string, secrets: readonly string[]): string | null {
  let shown = withoutInput(text);
  for (const secret of secrets) shown = shown.replaceAll(secret, "[redacted]");
  shown = redactText(
    shown
      .replace(/(\bhttps?:\/\/[^\s"'?#\\<>]{1,2000})[?#][^\s"'\\<>]*/gi, "$1?[redacted]")
      .replace(/\bdata:[\w.+-]{0,60}\/?[\w.+;=-]{0,100},[^\s"'\\<>]*/gi, "data:[not shown]"),
  )
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\s]+/gu, " ")
    .trim();
  if (shown === "") return null;
  return shown.length > MAX_SHOWN ? `${shown.slice(0, MAX_SHOWN - 1)}…` : shown;
}

function withoutInput(text: string): string {
  try {
    return JSON.stringify(copy(JSON.parse(text), 0));
  } catch {
    return text;
  }
}

function copy(value: unknown, depth: number): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (depth >= MAX_DEPTH) return "[too deep]";
  if (Array.isArray(value)) return value.slice(0, 100).map((entry) => copy(entry, depth + 1));
  return Object.fromEntries(
    Object.entries(value)
      .slice(0, 100)
      .map(([name, entry]) => [name, PRIVATE.test(name) ? "[not shown]" : copy(entry, depth + 1)]),
  );
}
