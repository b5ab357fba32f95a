const REDACTED = "[redacted]";
const UNREADABLE = "[unreadable]";

/** How much of a value is kept. What is over is replaced by a note, so a log line stays small. */
const MAX_DEPTH = 8;
const MAX_ENTRIES = 100;
const MAX_NODES = 2_000;
const MAX_TEXT = 4_096;
const MAX_TEXT_IN_ALL = 65_536;

// Compared with the key in lower case without separators: "X-Api-Key" and "xApiKey" are both "xapikey".
const SECRET_KEYS = [
  "authorization",
  "apikey",
  "password",
  "passwd",
  "secret",
  "token",
  "receipt",
  "cookie",
  "credential",
  "privatekey",
  "servicerolekey",
  "jwt",
];

// Wherever they stand: a token glued to a word is a token still. Bounded parts keep the time in proportion.
const SECRET_TEXT: readonly (readonly [RegExp, string])[] = [
  [/sb_secret_[A-Za-z0-9_-]+/g, `sb_secret_${REDACTED}`],
  [/sbp_[A-Za-z0-9_-]{8,}/g, `sbp_${REDACTED}`],
  [/eyJ[A-Za-z0-9_-]{5,1000}\.[A-Za-z0-9_-]{5,}(?:\.[A-Za-z0-9_-]*)?/g, REDACTED],
  [/\b(bearer)\s+[A-Za-z0-9._~+/=-]{8,}/gi, `$1 ${REDACTED}`],
  [/\b(basic)\s+[A-Za-z0-9+/=]{16,}/gi, `$1 ${REDACTED}`],
  [/([a-z][a-z0-9+.-]{0,20}:\/\/[^\s/:@]{0,100}):[^\s/@]{1,200}@/gi, `$1:${REDACTED}@`],
];

/** A value that JSON can hold. */
export type JsonValue = string | number | boolean | null | JsonValue[] | { [key: string]: JsonValue };

/**
 * Copies a value into plain JSON data without secrets, for logs.
 *
 * Secrets go by the key that holds them (authorization, apikey, password, secret, token, receipt, cookie…,
 * in any case) and by their look inside text (`sb_secret_…`, JWTs, `Bearer …`, passwords in URLs). Depth,
 * entries and text are bounded; cycles, getters that throw, BigInt, Error, Date, Map and Set are handled.
 * Never throws and never calls `toJSON`.
 *
 * @param value anything
 * @returns a copy that `JSON.stringify` takes
 * @example
 * ```ts
 * redact({ user: "ada", apiKey: "sb_secret_abc" }); // { user: "ada", apiKey: "[redacted]" }
 * ```
 */
export function redact(value: unknown): JsonValue {
  return copy(value, { ancestors: new Set(), nodes: 0, text: 0 });
}

/**
 * Takes secrets out of one piece of text and cuts it to a bounded length.
 *
 * @param text any text, e.g. the message of an error
 * @returns the text, at most some 4,100 characters
 * @example
 * ```ts
 * redactText("got Bearer abcdefgh1234"); // "got Bearer [redacted]"
 * ```
 */
export function redactText(text: string): string {
  // More than what is kept is searched, so that a secret across the cut is still whole enough to be seen.
  let clean = text.slice(0, MAX_TEXT * 2);
  for (const [pattern, replacement] of SECRET_TEXT) clean = clean.replace(pattern, replacement);
  if (text.length <= MAX_TEXT && clean.length <= MAX_TEXT * 2) return clean;
  return `${clean.slice(0, MAX_TEXT)}… [${text.length} characters in all]`;
}

interface Progress {
  ancestors: Set<object>;
  nodes: number;
  text: number;
}

function copy(value: unknown, progress: Progress): JsonValue {
  if (typeof value === "string") return copyText(value, progress);
  if (typeof value === "number") return Number.isFinite(value) ? value : String(value);
  if (typeof value === "boolean" || value === null) return value;
  if (value === undefined) return null;
  if (typeof value === "bigint") return value.toString();
  if (typeof value !== "object") return `[${typeof value}]`;
  if (progress.ancestors.has(value)) return "[circular]";
  if (progress.ancestors.size >= MAX_DEPTH) return "[too deep]";
  progress.nodes += 1;
  if (progress.nodes > MAX_NODES) return "[too many values]";
  progress.ancestors.add(value);
  try {
    return copyObject(value, progress);
  } catch {
    // A proxy or an exotic object may refuse to be looked at; a log line must not fail for that.
    return UNREADABLE;
  } finally {
    progress.ancestors.delete(value);
  }
}

function copyText(text: string, progress: Progress): string {
  if (progress.text > MAX_TEXT_IN_ALL) return "[too much text]";
  progress.text += Math.min(text.length, MAX_TEXT);
  return redactText(text);
}

function copyObject(value: object, progress: Progress): JsonValue {
  if (Array.isArray(value)) return copyList(value, value.length, progress);
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? "Invalid Date" : value.toISOString();
  if (value instanceof Error) return copyError(value, progress);
  if (value instanceof URL) return redactText(value.href);
  if (value instanceof Map) return copyEntries([...value.entries()], progress);
  if (value instanceof Set) return copyList([...value], value.size, progress);
  if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`;
  if (value instanceof ArrayBuffer) return `[${value.byteLength} bytes]`;
  if (typeof Headers === "function" && value instanceof Headers) return copyEntries([...value], progress);
  return copyEntries(
    Object.keys(value).map((key) => [key, readProperty(value, key)]),
    progress,
  );
}

function copyError(error: Error, progress: Progress): JsonValue {
  const shown: [unknown, unknown][] = ["name", "message", "stack", "cause"].map((key) => [
    key,
    readProperty(error, key),
  ]);
  const own: [unknown, unknown][] = Object.keys(error).map((key) => [key, readProperty(error, key)]);
  return copyEntries([...shown.filter(([, entry]) => entry !== undefined && entry !== ""), ...own], progress);
}

function copyList(list: readonly unknown[], length: number, progress: Progress): JsonValue {
  const copied = list.slice(0, MAX_ENTRIES).map((entry) => copy(entry, progress));
  if (length > MAX_ENTRIES) copied.push(`[${length - MAX_ENTRIES} more]`);
  return copied;
}

function copyEntries(entries: readonly (readonly [unknown, unknown])[], progress: Progress): JsonValue {
  const copied: [string, JsonValue][] = [];
  for (const [key, entry] of entries.slice(0, MAX_ENTRIES)) {
    const name = redactText(String(key));
    if (entry === undefined) continue;
    copied.push([name, entry !== null && isSecretKey(name) ? REDACTED : copy(entry, progress)]);
  }
  if (entries.length > MAX_ENTRIES) copied.push(["…", `[${entries.length - MAX_ENTRIES} more]`]);
  // fromEntries defines properties: a key named "__proto__" becomes data and nothing else.
  return Object.fromEntries(copied);
}

function readProperty(value: object, key: string): unknown {
  try {
    return (value as Record<string, unknown>)[key];
  } catch {
    return UNREADABLE;
  }
}

function isSecretKey(key: string): boolean {
  const plain = key.toLowerCase().replace(/[^a-z0-9]/g, "");
  return SECRET_KEYS.some((secret) => plain.includes(secret));
}
