import { MAX_TEXT, type RedactOptions, redactText } from "./redact-text.ts";
import { isSecret } from "./secret-names.ts";

const REDACTED = "[redacted]";
const UNREADABLE = "[unreadable]";
const TOO_MANY = "[too many values]";

/** How much of a value is kept. What is over is replaced by a note, so a log line stays small. */
const MAX_DEPTH = 8;
const MAX_ENTRIES = 100;
const MAX_VALUES = 2_500;
const MAX_TEXT_IN_ALL = 65_536;
const MAX_KEY = 256;

/** A value that JSON can hold. */
export type JsonValue = string | number | boolean | null | JsonValue[] | { [key: string]: JsonValue };

/**
 * Copies a value into plain JSON data without secrets, for logs.
 *
 * Secrets go by the key that holds them (authorization, apikey, password, secret, token, receipt, cookie…,
 * in any case), also in pairs (`["apikey", "…"]`, `{ name: "apikey", value: "…" }`, a flat list of headers), and by their
 * look inside text (`sb_secret_…`, JWTs, `Bearer …`, `password=…`, keys of providers, receipts, passwords in URLs). Numbers
 * and booleans stay, but for a pin or password. Depth, entries and text are bounded; cycles, getters that throw, BigInt,
 * Error, Date, Map, Set, Headers, FormData, Request and the like, also of another realm, are handled. Never throws and
 * never calls `toJSON`.
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

function copy(value: unknown, progress: Progress, inList = false): JsonValue {
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
    return copyObject(value, progress, inList);
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

function copyObject(value: object, progress: Progress, inList: boolean): JsonValue {
  if (Array.isArray(value)) return copyList(value, value.length, progress, inList && value.length === 2);
  // Most objects are plain, and need no look at what else they could be.
  if (Object.getPrototypeOf(value) === Object.prototype) return copyProperties(value, progress);
  if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`;
  const kind = kindOf(value);
  if (kind === null) return copyProperties(value, progress);
  try {
    return copiers[kind](value as never, progress);
  } catch {
    // It only said that it was one.
    return copyProperties(value, progress);
  }
}

type Entries = Iterable<readonly [unknown, unknown]>;
type Fields = Readonly<Record<string, unknown>>;

/** What is more than its properties. */
const copiers = {
  Error: copyError,
  Date: (date: Date) => (Number.isNaN(date.getTime()) ? "Invalid Date" : date.toISOString()),
  Map: (map: Map<unknown, unknown>, progress: Progress) => copyEntries(map, map.size, progress),
  Set: (set: Set<unknown>, progress: Progress) => copyList(set, set.size, progress),
  URL: (url: URL, progress: Progress) => copyText(url.href, progress),
  Headers: (headers: Entries, progress: Progress) => copyEntries(headers, null, progress),
  URLSearchParams: (query: Entries, progress: Progress) => copyEntries(query, null, progress),
  FormData: (form: Entries, progress: Progress) => copyEntries(form, null, progress),
  File: ({ size }: Blob) => `[file ${size} bytes]`,
  Blob: ({ size }: Blob) => `[file ${size} bytes]`,
  Request: ({ method, url }: Request, progress: Progress) => copyProperties({ method, url }, progress),
  Response: ({ status, url }: Response, progress: Progress) => copyProperties({ status, url }, progress),
  ArrayBuffer: ({ byteLength }: ArrayBuffer) => `[${byteLength} bytes]`,
} as const;

/** By its tag too: what comes of another realm, or of another copy of fetch, is no instance of ours. */
function kindOf(value: object): keyof typeof copiers | null {
  const scope = globalThis as Readonly<Record<string, unknown>>;
  if ((Error as { isError?: (value: object) => boolean }).isError?.(value) === true) return "Error";
  const tag = Object.prototype.toString.call(value).slice(8, -1);
  for (const kind of Object.keys(copiers) as (keyof typeof copiers)[]) {
    const ours = scope[kind];
    if (tag === kind || (typeof ours === "function" && value instanceof ours)) return kind;
  }
  return null;
}

const ERROR_FIELDS = ["name", "message", "stack", "cause", "errors"];

function copyError(error: Error, progress: Progress): JsonValue {
  const shown = ERROR_FIELDS.map((key): [string, unknown] => [key, readProperty(error, key)]).filter(
    ([, entry]) => entry !== undefined && entry !== "",
  );
  const own = Object.keys(error).filter((key) => !ERROR_FIELDS.includes(key));
  const read = own.slice(0, MAX_ENTRIES).map((key): [string, unknown] => [key, readProperty(error, key)]);
  return copyEntries([...shown, ...read], shown.length + own.length, progress);
}

function copyProperties(value: object, progress: Progress): JsonValue {
  const keys = Object.keys(value);
  const entries = keys.slice(0, MAX_ENTRIES).map((key): [string, unknown] => [key, readProperty(value, key)]);
  return copyEntries(entries, keys.length, progress, nameOfValue(value as Fields));
}

/** What the property `value` is a value of, where an object is a name and a value; null where it is not. */
function nameOfValue(pair: Fields): string | null {
  if (!("value" in pair)) return null;
  const name = readProperty(pair, "name") ?? readProperty(pair, "key");
  return typeof name === "string" ? name : null;
}

/** @param isPair whether it is a name and a value, as the entries of a map are */
function copyList(
  list: Iterable<unknown>,
  length: number,
  progress: Progress,
  isPair: boolean = false,
): JsonValue {
  const copied: JsonValue[] = [];
  let before: unknown = null;
  for (const entry of list) {
    const at = copied.length;
    if (at >= MAX_ENTRIES) break;
    const secret =
      at % 2 === 1 &&
      length % 2 === 0 &&
      typeof before === "string" &&
      isSecret(before, entry) &&
      (isPair || isHeaderList(list, before));
    copied.push(secret ? REDACTED : copy(entry, progress, true));
    if (isFull(progress)) return copied;
    before = entry;
  }
  if (length > MAX_ENTRIES) copied.push(`[${length - MAX_ENTRIES} more]`);
  return copied;
}

/**
 * Whether names and values stand in turn, as in the raw headers of Node. A list of words, such as the fields of a form that
 * are wrong (`["password", "email"]`), is none: some value of headers is no word.
 */
function isHeaderList(list: Iterable<unknown>, name: string): boolean {
  if (/\s/.test(name) || !Array.isArray(list)) return false;
  const isValue = (entry: unknown): boolean =>
    typeof entry === "string" ? !/^[\w.[\]-]{1,64}$/.test(entry) : Array.isArray(entry);
  return (
    /^(?:proxy-)?authorization$|cookie$/i.test(name) ||
    list.slice(0, MAX_ENTRIES).some((entry, at) => at % 2 === 1 && isValue(entry))
  );
}

/**
 * @param size how many there are; null when only counting would tell
 * @param valueName what an entry named `value` is a value of
 */
function copyEntries(
  entries: Entries,
  size: number | null,
  progress: Progress,
  valueName: string | null = null,
): JsonValue {
  const copied = new Map<string, JsonValue>();
  let seen = 0;
  for (const [key, entry] of entries) {
    seen += 1;
    if (seen > MAX_ENTRIES) break;
    if (entry === undefined) continue;
    // The whole key is looked at, not what is left of it.
    const whole = String(key);
    const name = copyText(whole, progress).slice(0, MAX_KEY);
    const value = isSecretEntry(whole, entry, valueName) ? REDACTED : copy(entry, progress);
    const earlier = copied.get(name);
    // A form or query may hold a name more than once.
    copied.set(name, earlier === undefined ? value : [earlier, value].flat());
    if (isFull(progress)) break;
  }
  const more = (size ?? seen) - MAX_ENTRIES;
  if (more > 0) copied.set("…", size === null ? "[more]" : `[${more} more]`);
  // fromEntries defines properties: a key named "__proto__" becomes data and nothing else.
  return Object.fromEntries(copied);
}

function isSecretEntry(key: string, entry: unknown, valueName: string | null): boolean {
  if (valueName === null) return isSecret(key, entry);
  // The `key` that names the value is no secret, though a `key` is one elsewhere.
  if (key === "key" && entry === valueName) return false;
  return isSecret(key === "value" ? valueName : key, entry);
}

function isFull(progress: Progress): boolean {
  return progress.values > MAX_VALUES;
}

function readProperty(value: object, key: string): unknown {
  try {
    return (value as Fields)[key];
  } catch {
    return UNREADABLE;
  }
}
