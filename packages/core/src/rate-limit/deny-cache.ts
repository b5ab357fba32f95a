import { validationError } from "../errors/index.ts";
import { decidingLimit } from "./deciding-limit.ts";
import type { LimitState } from "./decision.ts";
import type { TakeRequest } from "./store.ts";

/** How many denials are remembered, and for how long. */
export interface DenyCacheOptions {
  /** Denials that are kept at most, the newest: 1 to 1 000 000. Default 10 000. */
  readonly maxEntries?: number | undefined;
  /** Seconds after which the store is asked again, so that a reset of elsewhere takes effect: 0.1 to 3600. Default 10. */
  readonly maxSeconds?: number | undefined;
}

/** Remembers who was refused, so that a client that keeps on asking costs no request. */
export interface DenyCache {
  /** The limits of a denial that still holds, counted down to now; null when the store has to be asked. */
  repeat(key: string): readonly LimitState[] | null;
  /** How many repeats the store was not told of yet; they count as told from now on. */
  takeRepeats(key: string): number;
  /** Begins to ask the store: gives what remembers its answer, a denial's limits or null. */
  asking(key: string): (denied: readonly LimitState[] | null) => void;
  /** Lets no denial hold that was asked for before: something was given back, and may be free now. */
  distrust(): void;
}

interface Entry {
  readonly limits: readonly LimitState[];
  readonly since: number;
  readonly until: number;
  readonly generation: number;
  repeats: number;
}

/**
 * Makes a deny cache.
 *
 * @param options how much is kept
 * @param now milliseconds by a clock that is never set
 */
export function createDenyCache(
  { maxEntries = 10_000, maxSeconds = 10 }: DenyCacheOptions,
  now: () => number,
): DenyCache {
  if (!Number.isInteger(maxEntries) || maxEntries < 1 || maxEntries > 1_000_000)
    throw validationError("denyCache.maxEntries", "is not a whole number from 1 to 1000000");
  if (!(maxSeconds >= 0.1 && maxSeconds <= 3_600))
    throw validationError("denyCache.maxSeconds", "is not a number of seconds from 0.1 to 3600");
  const entries = new Map<string, Entry>();
  let generation = 0;
  return {
    repeat: (key) => {
      const entry = entries.get(key);
      if (entry === undefined || entry.generation !== generation) return null;
      const time = now();
      if (time >= entry.until) return null;
      entry.repeats++;
      return countedDown(entry.limits, time - entry.since);
    },
    takeRepeats: (key) => {
      const entry = entries.get(key);
      if (entry === undefined) return 0;
      const { repeats } = entry;
      entry.repeats = 0;
      return repeats;
    },
    asking: (key) => {
      const asked = generation;
      return (denied) => {
        const repeats = entries.get(key)?.repeats ?? 0;
        entries.delete(key);
        if (denied === null) return;
        if (entries.size >= maxEntries) entries.delete(entries.keys().next().value as string);
        const since = now();
        const wait = Math.min(decidingLimit(denied)?.retryAfterMs ?? 0, maxSeconds * 1_000);
        entries.set(key, { limits: denied, since, until: since + wait, generation: asked, repeats });
      };
    },
    distrust: () => {
      generation++;
    },
  };
}

/**
 * Everything that a denial depends on. A NUL can stand in none of its parts.
 *
 * @param request what would be asked
 * @returns a text that two requests have in common only when the store would say the same to both
 */
export function denialKey({
  action,
  ip,
  userId,
  limits,
  cost,
}: Omit<TakeRequest, "unloggedDenials">): string {
  let key = `${action}\0${ip}\0${userId}\0${cost}`;
  for (const limit of limits ?? [])
    key += `\0${limit.name}\0${limit.per}\0${limit.key}\0${limit.maxRequests}\0${limit.windowSeconds}`;
  return key;
}

function countedDown(limits: readonly LimitState[], elapsed: number): readonly LimitState[] {
  return limits.map((limit) => ({
    ...limit,
    retryAfterMs: Math.max(0, Math.ceil(limit.retryAfterMs - elapsed)),
    resetAfterMs: Math.max(0, Math.ceil(limit.resetAfterMs - elapsed)),
  }));
}
