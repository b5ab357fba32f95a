import { redactText } from "../logging/index.ts";

const MAX_DEPTH = 8;
const MAX_SHOWN = 2_000;

// What the user wrote or uploaded, which providers repeat in their errors.
const NAMES =
  "(?:(?:json_|user_)?input|given|received|(?:negative_?)?prompt(?:_?text|_?image)?|(?:tail_)?image(?:_url)?)";
const PRIVATE = new RegExp(`^${NAMES}$`, "i");
/** A private field in what is no JSON: in a part of it, in a page, in words. */
const FIELD = new RegExp(`\\b${NAMES}\\b\\\\{0,8}["']?\\s{0,20}[:=>]`, "i");
/** The same in a text within JSON, where words may well say "input: too long". */
const QUOTED_FIELD = new RegExp(`["']${NAMES}\\\\{0,8}["']\\s{0,20}[:=]`, "i");
/** So much of the start of a text is the text: providers quote long ones in part. */
const START = 24;

/**
 * What of a provider's answer may stand in an error's details: its start, without keys, without what the user wrote, and
 * without the queries of URLs, which hold signatures.
 *
 * @param text the body
 * @param secrets what is never shown, e.g. the key that was sent
 * @param written what the user wrote, to be found wherever it is repeated, whole or its start
 * @returns one line of at most 2,000 characters; null when there is nothing
 * @example
 * ```ts
 * shownBody('{"detail":[{"type":"missing","input":{"prompt":"…"}}]}', []); // '{"detail":[{"type":"missing","input":"[not shown]"}]}'
 * ```
 */
export function shownBody(
  text: string,
  secrets: readonly string[],
  written: readonly string[] = [],
): string | null {
  let shown = withoutInput(text);
  for (const words of written) {
    // As JSON writes it, or as it is where the body is none.
    for (const form of new Set([JSON.stringify(words).slice(1, -1), words])) shown = without(shown, form);
  }
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
    // Cut short perhaps: nobody can tell where the field would end.
    return before(FIELD, text);
  }
}

function before(field: RegExp, text: string): string {
  const at = text.search(field);
  return at < 0 ? text : `${text.slice(0, at)}[not shown]`;
}

/** Leaves out every place that begins as the words do, as far as it goes on like them. */
function without(text: string, words: string): string {
  const start = words.slice(0, START);
  if (start === "") return text;
  const kept: string[] = [];
  let from = 0;
  for (let at = text.indexOf(start); at >= 0; at = text.indexOf(start, from)) {
    kept.push(text.slice(from, at));
    let length = start.length;
    while (length < words.length && text[at + length] === words[length]) length += 1;
    from = at + length;
  }
  return kept.length === 0 ? text : [...kept, text.slice(from)].join("[not shown]");
}

function copy(value: unknown, depth: number): unknown {
  if (typeof value === "string") return before(QUOTED_FIELD, value);
  if (typeof value !== "object" || value === null) return value;
  if (depth >= MAX_DEPTH) return "[too deep]";
  if (Array.isArray(value)) return value.slice(0, 100).map((entry) => copy(entry, depth + 1));
  return Object.fromEntries(
    Object.entries(value)
      .slice(0, 100)
      .map(([name, entry]) => [name, PRIVATE.test(name) ? "[not shown]" : copy(entry, depth + 1)]),
  );
}
