import { requireCount, requireUuid } from "../database/index.ts";
import { validationError } from "../errors/index.ts";
import { mostRequests } from "./limit-input.ts";
import type { RequestSubject, StoredLimit, TakeRequest } from "./store.ts";

/** A limit, whose requests it counts, and under which key of Redis. */
export interface CountedLimit {
  readonly limit: StoredLimit;
  /** Null: everybody's. */
  readonly subject: string | null;
  readonly key: string;
}

const mostLimits = 10;
const longestWindowSeconds = 366 * 86_400;

/**
 * Finds the keys of a request's limits. It also refuses what the script would take for something else: of a cost that is no
 * number, Lua says that it fits.
 *
 * @param prefix what every key begins with
 * @param request the request; its limits have to be given
 * @returns the limits in their order
 * @throws VidopsError ERR_4008
 */
export function countedLimits(
  prefix: string,
  request: Pick<TakeRequest, "limits" | "cost"> & RequestSubject,
): readonly CountedLimit[] {
  const { limits, cost } = request;
  if (limits === null)
    throw validationError(
      "limits",
      "is missing",
      "The Redis store has no rules: name the limits of the request.",
    );
  if (limits.length < 1 || limits.length > mostLimits)
    throw validationError("limits", `is not a list of 1 to ${mostLimits} limits`);
  return limits.map((limit, index) => {
    const counted = countedLimit(prefix, request, limit, `limits[${index}]`);
    requireCount("cost", cost, "requests", limit.maxRequests);
    return counted;
  });
}

/**
 * Finds the key of one limit. Its parts are escaped, so that two subjects never share a key, and that none brings a hash tag.
 *
 * @param prefix what every key begins with
 * @param request whose request it is
 * @param limit the limit
 * @param field the limit's name in errors
 * @returns the limit with its key
 * @throws VidopsError ERR_4008
 */
export function countedLimit(
  prefix: string,
  request: RequestSubject,
  limit: StoredLimit,
  field: string,
): CountedLimit {
  requireCount(`${field}.maxRequests`, limit.maxRequests, "requests", mostRequests);
  requireCount(`${field}.windowSeconds`, limit.windowSeconds, "seconds", longestWindowSeconds);
  const subject = subjectOf(request, limit);
  const [action, whose] = [escaped("action", request.action), escaped(limit.per, subject ?? "")];
  return { limit, subject, key: `${prefix}${action}/${limit.per}/${whose}/${limit.windowSeconds}` };
}

/** Whose requests a limit counts; null for everybody's. */
function subjectOf({ ip, userId }: RequestSubject, { per, key }: StoredLimit): string | null {
  switch (per) {
    case "ip":
      return ip ?? "unknown";
    case "user":
      return requireUuid("userId", userId);
    case "key":
      if (!key) throw validationError("key", "is missing", "A limit per key names the key.");
      return key;
    case "global":
      return null;
  }
}

function escaped(field: string, text: string): string {
  if (!text.isWellFormed()) throw validationError(field, "is not well-formed text");
  return encodeURIComponent(text);
}
