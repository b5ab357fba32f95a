import { MAX_TEXT, type RedactOptions, redactText } from "./redact-text.ts";

const REDACTED = "[redacted]";
const UNREADABLE = "[unreadable]";
const TOO_MANY = "[too many values]";

/** How much of a value is kept. What is over is replaced by a note, so a log line stays small. */
const MAX_DEPTH = 8;
const MAX_ENTRIES = 100;
const MAX_VALUES = 2_500;
const MAX_TEXT_IN_ALL = 65_536;
const MAX_KEY = 256;

// Compared with the key in lower case without separators: "X-Api-Key" and "xApiKey" are both "xapikey".
const SECRET_KEYS = [
  "authorization",
  "apikey",
  "password",
  "passwd",
  "pwd",
  "passphrase",
  "secret",
  "token",
  "receipt",
  "cookie",
  "credential",
  "privatekey",
  "accesskey",
  "signingkey",
  "encryptionkey",
  "falkey",
  "runwaykey",
  "pikakey",
  "servicerolekey",
  "jwt",
];

/** A value that JSON can hold. */
export type JsonValue = string | number | boolean | null | JsonValue[] | { [key: string]: JsonValue };

/**
 * Copies a value into plain JSON data without secrets, for logs.
 *
 * Secrets go by the key that holds them (authorization, apikey, password, secret, token, receipt, cookie…,
 * in any case) and by their look inside text (`sb_secret_…`, JWTs, `Bearer …`, `password=…`, keys of providers,
 * receipts, passwords in URLs). Depth, entries and text are bounded; cycles, getters that throw, BigInt, Error,
 * Date, Map and Set are handled. Never throws and never calls `toJSON`.
 *
 * @param value anything
 * @param options whether email addresses go too, and how many characters of text are kept
 * @returns a copy that `JSON.stringify` takes
 * @example
 * ```ts
 * redact({ user: "ada", apiKey: "sb_secret_abc" }); // { user: "ada", apiKey: "[redacted]" }
 * ```
 */
export function redact(value: unknown, options: RedactOptions = {}): JsonValue {
  return copy(value, { ancestors: new Set(), values: 0, text: 0, options });
}

interface Progress {
  ancestors: Set<object>;
  values: number;
  text: number;
  options: RedactOptions;
}

function copy(value: unknown, progress: Progress): JsonValue {
  progress.values += 1;
  if (isFull(progress)) return TOO_MANY;
  if (typeof value === "string") return copyText(value, progress);
  if (typeof value === "number") return Number.isFinite(value) ? value : String(value);
  if (typeof value === "boolean" || value === null) return value;
  if (value === undefined) return null;
  if (typeof value === "bigint") return value.toString();
  if (typeof value !== "object") return `[${typeof value}]`;
  if (progress.ancestors.has(value)) return "[circular]";
  if (progress.ancestors.size >= MAX_DEPTH) return "[too deep]";
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
  if (progress.text > (progress.options.maxText ?? MAX_TEXT_IN_ALL)) return "[too much text]";
  progress.text += Math.min(text.length, MAX_TEXT);
  return redactText(text, progress.options);
}

function copyObject(value: object, progress: Progress): JsonValue {
  if (Array.isArray(value)) return copyList(value, value.length, progress);
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? "Invalid Date" : value.toISOString();
  if (value instanceof Error) return copyError(value, progress);
  if (value instanceof URL) return copyText(value.href, progress);
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
  const copied: JsonValue[] = [];
  for (const entry of list.slice(0, MAX_ENTRIES)) {
    copied.push(copy(entry, progress));
    if (isFull(progress)) return copied;
  }
  if (length > MAX_ENTRIES) copied.push(`[${length - MAX_ENTRIES} more]`);
  return copied;
}

function copyEntries(entries: readonly (readonly [unknown, unknown])[], progress: Progress): JsonValue {
  const copied: [string, JsonValue][] = [];
  for (const [key, entry] of entries.slice(0, MAX_ENTRIES)) {
    if (entry === undefined) continue;
    const name = copyText(String(key), progress).slice(0, MAX_KEY);
    copied.push([name, entry !== null && isSecretKey(name) ? REDACTED : copy(entry, progress)]);
    if (isFull(progress)) break;
  }
  if (entries.length > MAX_ENTRIES) copied.push(["…", `[${entries.length - MAX_ENTRIES} more]`]);
  // fromEntries defines properties: a key named "__proto__" becomes data and nothing else.
  return Object.fromEntries(copied);
}

function isFull(progress: Progress): boolean {
  return progress.values > MAX_VALUES;
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
