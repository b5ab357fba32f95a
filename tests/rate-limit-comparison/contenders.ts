/** The columns of the table. */
export const names = [
  "checkRateLimit",
  "the first function",
  "rate-limiter-flexible",
  "express-rate-limit",
  "@upstash/ratelimit",
] as const;
export type Name = (typeof names)[number];

/** One limit for each client. */
export interface Limit {
  readonly max: number;
  readonly seconds: number;
}

/** A request, as the server sees it that stands behind one proxy. */
export interface Asked {
  /** The address that the proxy saw, and wrote behind what was there. */
  readonly from?: string;
  /** What the client itself wrote into X-Forwarded-For. */
  readonly forged?: string;
  /** How many requests it counts as. */
  readonly cost?: number;
}

/** One process that limits requests. */
export interface Limiter {
  /** Asks, and counts; true when it was admitted. Rejects when the limiter does. */
  ask(asked?: Asked): Promise<boolean>;
  /** How many requests count for the client that asks when nothing else is said; null where it cannot be looked at. */
  readonly used: (() => Promise<number>) | null;
  /** Forgets that client; null where there is no such call. */
  readonly reset: (() => Promise<unknown>) | null;
}

/** What can happen to the store. */
export interface StoreFaults {
  /** Nothing gets through any more. */
  cut(): Promise<void>;
  /** Questions arrive, and are never answered. */
  hang(): Promise<void>;
  mend(): Promise<void>;
}

/** A library, set up as its documentation says, over a store that runs. */
export interface Contender {
  /**
   * Makes what a process would make.
   *
   * @param scope whose counts are shared: two limiters of one scope are two processes
   * @param limit the limit
   */
  limiter(scope: string, limit: Limit): Promise<Limiter>;
  /** Round trips to the store so far. */
  roundTrips(): number;
  /** What the store keeps of a scope: rows or keys. */
  kept(scope: string): Promise<number>;
  /** Null for what counts in its own memory. */
  readonly faults: StoreFaults | null;
  /** Whether it reads the address out of a request; otherwise the app gives it a key. */
  readonly readsAddress: boolean;
  readonly takesCost: boolean;
  close(): Promise<void>;
}

/** Who asks, unless something else is said. */
export const client = "203.0.113.7";

let scopes = 0;

/** A scope that nothing was counted in. */
export function freshScope(): string {
  scopes += 1;
  return `scope_${scopes}`;
}

/** The value of X-Forwarded-For behind the one proxy. */
export function forwardedFor({ from = client, forged }: Asked): string {
  return forged === undefined ? from : `${forged}, ${from}`;
}

/** How many of so many requests, one after the other, are admitted. */
export async function admittedInTurn(limiter: Limiter, requests: number, asked?: Asked): Promise<number> {
  let admitted = 0;
  for (let request = 0; request < requests; request++) if (await limiter.ask(asked)) admitted += 1;
  return admitted;
}
