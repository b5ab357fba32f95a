import { requireCount } from "../database/index.ts";
import { validationError } from "../errors/index.ts";
import type { StoredLimit } from "./store.ts";

/** What to do with a request when the store cannot say: refuse it (ERR_6008), or let it go on uncounted. */
export type StoreFailurePolicy = "closed" | "open";

/** One limit of an action. */
export interface RateLimit {
  /**
   * Its name in decisions and headers: 1 to 50 of A-Z a-z 0-9 _ . : and -. Default: `per_ip`, `per_user`, `per_key` or
   * `global`; where several would have the same, with the window's seconds behind: `per_ip_3600`.
   */
  readonly name?: string | undefined;
  /** Whose requests are counted together. A `key` is the app's own, e.g. a team's id: 1 to 200 characters. */
  readonly per: "ip" | "user" | "global" | { readonly key: string };
  /** Requests in any window: a whole number from 1 to 1 000 000 000. */
  readonly maxRequests: number;
  /** The window in minutes; it rolls. Any number of whole seconds, from 1 second to 366 days: 0.5 is 30 s. */
  readonly windowMinutes: number;
  /** Default: that of the request. The request goes on only if all its limits are `open`. */
  readonly onStoreFailure?: StoreFailurePolicy | undefined;
}

/** Requests that a limit may allow at most. */
export const mostRequests = 1_000_000_000;
/** The longest window: 366 days. */
export const longestWindowSeconds: number = 366 * 86_400;
const mostLimits = 10;

/** Checks limits and gives them as stores take them. */
export function requireLimits(limits: readonly RateLimit[]): readonly StoredLimit[] {
  if (!Array.isArray(limits) || limits.length === 0 || limits.length > mostLimits)
    throw validationError("limits", `is not a list of 1 to ${mostLimits} limits`);
  const stored = limits.map((limit, i) => requireLimit(limit, `limits[${i}].`));
  if (stored.length === 1) return stored;
  const named = stored.map((limit, i) =>
    limits[i]?.name === undefined && stored.some((other) => other !== limit && other.name === limit.name)
      ? { ...limit, name: `${limit.name}_${limit.windowSeconds}` }
      : limit,
  );
  requireDifferent(named, ({ name }) => name, "two limits of one name", "Give each a name.");
  requireDifferent(
    named,
    ({ per, key, windowSeconds }) => `${per}\0${key}\0${windowSeconds}`,
    "two limits that count the same requests in the same window",
    "Keep the lower one.",
  );
  return named;
}

/** Checks one limit; `at` goes before the names of its fields. */
export function requireLimit(limit: RateLimit, at: string): StoredLimit {
  const { per, name, maxRequests, windowMinutes } = limit ?? {};
  const scope = typeof per === "object" && per !== null ? "key" : per;
  if (scope !== "ip" && scope !== "user" && scope !== "global" && scope !== "key")
    throw validationError(`${at}per`, 'is not "ip", "user", "global" or { key }');
  if (name !== undefined && !(typeof name === "string" && /^[\w.:-]{1,50}$/.test(name)))
    throw validationError(`${at}name`, "is malformed", "Give 1 to 50 of A-Z a-z 0-9 _ . : and -.");
  return {
    name: name ?? (scope === "global" ? scope : `per_${scope}`),
    per: scope,
    key: scope === "key" ? requireText(`${at}per.key`, (per as { key: string }).key, 200) : null,
    maxRequests: requireCount(`${at}maxRequests`, maxRequests, "requests", mostRequests),
    windowSeconds: requireWindow(`${at}windowMinutes`, windowMinutes),
  };
}

/** Checks an action's name or a key: text that a database can hold and a person can read. */
export function requireText(field: string, text: unknown, longest: number): string {
  const hint = `Give 1 to ${longest} characters.`;
  if (typeof text !== "string") throw validationError(field, "is missing", hint);
  if (text.trim() === "") throw validationError(field, "is blank", hint);
  // By code point, as the database counts; the first test spares that for what is hopeless.
  if (text.length > 2 * longest || (text.length > longest && [...text].length > longest))
    throw validationError(field, "is too long", hint);
  if (text.includes("\0")) throw validationError(field, "holds a NUL character", hint);
  if (!text.isWellFormed()) throw validationError(field, "is not well-formed text", hint);
  return text;
}

/** Checks how many requests one counts as: 1 to what the lowest limit allows at all. */
export function requireCost(cost: unknown, limits: readonly StoredLimit[] | null): number {
  const most = limits === null ? mostRequests : Math.min(...limits.map(({ maxRequests }) => maxRequests));
  return requireCount("cost", cost, "requests", most);
}

function requireWindow(field: string, minutes: unknown): number {
  const hint = "Give minutes that are whole seconds, from 1 second (1 / 60) to 366 days (527040).";
  if (typeof minutes !== "number" || Number.isNaN(minutes))
    throw validationError(field, "is not a number", hint);
  const seconds = Math.round(minutes * 60);
  if (minutes <= 0) throw validationError(field, "is not positive", hint);
  if (seconds > longestWindowSeconds) throw validationError(field, "is too large", hint);
  // 2.05 * 60 is 122.99999999999999.
  if (Math.abs(minutes * 60 - seconds) > 1e-6 || seconds === 0)
    throw validationError(field, "is not a whole number of seconds", hint);
  return seconds;
}

function requireDifferent<T>(list: readonly T[], by: (item: T) => string, fault: string, hint: string): void {
  if (new Set(list.map(by)).size < list.length) throw validationError("limits", `has ${fault}`, hint);
}
