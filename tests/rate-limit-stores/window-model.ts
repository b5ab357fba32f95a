import type { LimitState, StoredLimit } from "./stores.ts";

/** Two instants of one clock, in milliseconds, between which something happened. */
export interface Between {
  readonly from: number;
  readonly to: number;
}

/** A least and a most. */
export interface Bounds {
  readonly least: number;
  readonly most: number;
}

interface Hit extends Between {
  readonly cost: number;
  readonly request: number;
}

/** What a store's clock may run apart from the one of the test within a window, in milliseconds. */
export const drift = 1;

/** Does something, and tells between which instants. */
export async function timed<T>(work: () => Promise<T>): Promise<{ result: T; at: Between }> {
  const from = performance.now();
  const result = await work();
  return { result, at: { from, to: performance.now() } };
}

/**
 * A rolling window that keeps every request: as simple as can be, and so what the stores are compared with. A request is counted
 * at an instant that is only known to be between two others, so the model tells bounds.
 */
export class WindowModel {
  #hits: Hit[] = [];
  readonly #windowMs: number;

  constructor(limit: StoredLimit) {
    this.#windowMs = limit.windowSeconds * 1000;
  }

  count(request: number, cost: number, at: Between): void {
    this.#hits.push({ ...at, cost, request });
  }

  giveBack(request: number): void {
    this.#hits = this.#hits.filter((hit) => hit.request !== request);
  }

  forget(): void {
    this.#hits = [];
  }

  /** How many requests count at an instant. */
  used(limit: StoredLimit, at: Between): Bounds {
    const sum = (hits: readonly Hit[]): number => hits.reduce((total, { cost }) => total + cost, 0);
    return { least: sum(this.#surely(at)), most: sum(this.#perhaps(limit, at)) };
  }

  /** How long after an instant a request of this cost fits, in milliseconds. */
  fitsAfter(limit: StoredLimit, cost: number, at: Between): Bounds {
    const wait = (hits: readonly Hit[], leaves: (hit: Hit) => number): number => {
      let over = hits.reduce((total, hit) => total + hit.cost, cost - limit.maxRequests);
      let last = Number.NEGATIVE_INFINITY;
      for (const hit of hits) {
        if (over <= 0) break;
        over -= hit.cost;
        last = leaves(hit);
      }
      return last;
    };
    return {
      least: Math.max(0, wait(this.#surely(at), (hit) => this.#soonest(hit)) - at.to),
      most: Math.max(
        0,
        Math.ceil(wait(this.#perhaps(limit, at), (hit) => this.#latest(limit, hit)) - at.from),
      ),
    };
  }

  /** How long after an instant nothing counts any more, in milliseconds. */
  emptyAfter(limit: StoredLimit, at: Between): Bounds {
    const last = (hits: readonly Hit[], leaves: (hit: Hit) => number): number =>
      Math.max(Number.NEGATIVE_INFINITY, ...hits.map(leaves));
    return {
      least: Math.max(0, last(this.#surely(at), (hit) => this.#soonest(hit)) - at.to),
      most: Math.max(
        0,
        Math.ceil(last(this.#perhaps(limit, at), (hit) => this.#latest(limit, hit)) - at.from),
      ),
    };
  }

  #soonest(hit: Hit): number {
    return hit.from + this.#windowMs - drift;
  }

  #latest(limit: StoredLimit, hit: Hit): number {
    return hit.to + this.#windowMs * (limit.maxRequests > 100 ? 1.01 : 1) + drift;
  }

  #surely(at: Between): Hit[] {
    return this.#hits.filter((hit) => this.#soonest(hit) > at.to);
  }

  #perhaps(limit: StoredLimit, at: Between): Hit[] {
    return this.#hits.filter((hit) => hit.from <= at.to && this.#latest(limit, hit) > at.from);
  }
}

/**
 * What is wrong with a state by the model, in words; empty when nothing is.
 *
 * @param model what counted just before, or, where the request was admitted, just after
 * @param state what the store said
 * @param limit the limit that was judged
 * @param cost the cost of the request
 * @param at when the store judged
 * @returns the faults
 */
export function faultsOf(
  model: WindowModel,
  state: LimitState,
  limit: StoredLimit,
  cost: number,
  at: Between,
): string[] {
  const used = model.used(limit, at);
  const told: Record<string, [number, Bounds]> = {
    remaining: [
      state.remaining,
      {
        least: Math.max(0, limit.maxRequests - used.most),
        most: Math.max(0, limit.maxRequests - used.least),
      },
    ],
    retryAfterMs: [state.retryAfterMs, model.fitsAfter(limit, cost, at)],
    resetAfterMs: [state.resetAfterMs, model.emptyAfter(limit, at)],
  };
  return Object.entries(told)
    .filter(([, [value, { least, most }]]) => value < least || value > most)
    .map(
      ([name, [value, { least, most }]]) =>
        `${limit.name}: ${name} is ${value}, not from ${least} to ${most}`,
    );
}
