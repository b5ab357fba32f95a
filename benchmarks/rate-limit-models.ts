import { seededRandom } from "./http-virtual-time.ts";

/** Other limiters in a few lines, the calls that they are tried with, and the count that tells them apart. Times are integers of one unit. */

/** Counts each call that counts: what a rolling window means. */
export function slidingLog(limit: number, window: number): (time: number) => boolean {
  const admitted: number[] = [];
  return (time) => {
    const oldest = admitted.at(-limit);
    if (oldest !== undefined && oldest > time - window) return false;
    admitted.push(time);
    return true;
  };
}

/** A window that begins with the first call after the last window: what rate-limiter-flexible does. */
export function fixedWindow(limit: number, window: number): (time: number) => boolean {
  let ends = Number.NEGATIVE_INFINITY;
  let count = 0;
  return (time) => {
    if (time >= ends) {
      ends = time + window;
      count = 0;
    }
    if (count >= limit) return false;
    count += 1;
    return true;
  };
}

/** The generic cell rate algorithm with a burst of the whole limit. */
export function gcra(limit: number, window: number): (time: number) => boolean {
  const interval = window / limit;
  let theoretical = Number.NEGATIVE_INFINITY;
  return (time) => {
    const next = Math.max(theoretical, time) + interval;
    if (next - window > time) return false;
    theoretical = next;
    return true;
  };
}

/** The most that any window (t - window, t] holds; times in order. */
export function worstWindow(times: readonly number[], window: number): number {
  let worst = 0;
  let from = 0;
  for (const [index, time] of times.entries()) {
    while ((times[from] as number) <= time - window) from += 1;
    worst = Math.max(worst, index - from + 1);
  }
  return worst;
}

/**
 * Calls that try a limit where limits give way, window after window, drawn anew each time: at random; a burst on either side of a
 * window's end; the calls of the window before again, each a hair before, at and after the instant when its slot comes back; evenly,
 * one too many; a burst, and then one whenever a slot may be back; and silence, after which any limit is full again.
 */
export function arrivals(limit: number, window: number, events: number): number[] {
  const random = seededRandom(limit);
  const upTo = (most: number): number => Math.floor(random() * (most + 1));
  const many = (count: number, time: () => number): number[] => Array.from({ length: count }, time);
  const patterns: ((start: number, before: readonly number[]) => number[])[] = [
    (start) => many(upTo(4 * limit), () => start + upTo(window - 1)),
    (start) => many(Math.ceil(1.5 * limit), () => start + window - 4 + upTo(3)),
    (start) => many(Math.ceil(1.5 * limit), () => start + upTo(3)),
    (start, before) => before.map((time) => Math.max(start, time + window - 1 + upTo(2))),
    (start) => many(limit + 1, () => 0).map((_, index) => start + Math.floor((index * window) / (limit + 1))),
    (start) => [
      ...many(limit, () => start),
      ...many(limit - 1, () => 0).map((_, index) => start + Math.ceil(((index + 1) * window) / limit)),
    ],
    () => [],
  ];
  const times: number[] = [];
  let before: number[] = [];
  for (let start = 0; times.length < events; start += window) {
    const pattern = patterns[upTo(patterns.length - 1)] ?? (() => []);
    before = pattern(start, before).toSorted((a, b) => a - b);
    // An echo may fall a hair into the window after: time goes on, never back.
    for (const time of before) times.push(Math.max(time, times.at(-1) ?? 0));
  }
  return times.slice(0, events);
}
