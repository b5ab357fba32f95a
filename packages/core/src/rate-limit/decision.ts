/** Whose requests a limit counts: of one client address, of one user, of everybody, or of a key of the app's own. */
export type LimitScope = "ip" | "user" | "global" | "key";

/** How one limit stands after a request was judged, or as it is looked at. */
export interface LimitState {
  /** The limit's name, unique within one decision: `per_ip`, or what the app calls it. */
  readonly name: string;
  readonly per: LimitScope;
  /** Whose requests were counted: an address, a user's id, a key; null for `global`. */
  readonly subject: string | null;
  /** Requests in any window. */
  readonly limit: number;
  readonly windowSeconds: number;
  /** Requests that are left now. */
  readonly remaining: number;
  /** False when this limit alone refuses the request that was judged. */
  readonly allowed: boolean;
  /**
   * Milliseconds until a request of this cost fits; 0 when it does now. After an admission it is the next one that is
   * meant. By the store's clock.
   */
  readonly retryAfterMs: number;
  /** When nothing counts any more, if nothing is added: ISO 8601 in UTC, by the store's clock. */
  readonly resetAt: string;
  /** Milliseconds until then. Count with this one: the clock of this machine may be wrong. */
  readonly resetAfterMs: number;
}

/** Why a decision was made without the store. */
export type DegradedReason = "store_timeout" | "store_unavailable";

interface Judged {
  /** Requests in any window, of the limit that decides: the violated one that lasts longest, else the one with the least left. */
  readonly limit: number;
  /** Requests that are left of it. */
  readonly remaining: number;
  /** When all of it is there again, if nothing is added: ISO 8601 in UTC. */
  readonly resetAt: string;
  readonly windowSeconds: number;
  /** Names of the limits that refuse, sorted. */
  readonly violated: readonly string[];
  /** Every limit that was judged. */
  readonly limits: readonly LimitState[];
  /** The address that was counted; null when it is unknown. */
  readonly ip: string | null;
  readonly degraded: null;
}

/** The request may go on; it was counted. */
export interface Allowed extends Judged {
  readonly allowed: true;
  readonly cached: false;
  readonly retryAfter?: undefined;
  /** Gives the slot back or keeps it for good; null unless the request reserved. */
  readonly reservation: string | null;
}

/** The request may not go on; it was not counted against any limit. */
export interface Denied extends Judged {
  readonly allowed: false;
  /** True when a denial of a moment ago was repeated without asking the store. */
  readonly cached: boolean;
  /** Whole seconds until it may be tried again, 1 or more. */
  readonly retryAfter: number;
  readonly reservation?: undefined;
}

/** The store did not answer, and the limits are `open` then: the request may go on, and nobody knows what is left. */
export interface AllowedUncounted {
  readonly allowed: true;
  /** Why this was decided without the store. */
  readonly degraded: DegradedReason;
  readonly limit: null;
  readonly remaining: null;
  readonly resetAt: null;
  readonly windowSeconds: null;
  readonly violated: readonly [];
  readonly limits: readonly [];
  readonly ip: string | null;
  readonly cached: false;
  readonly retryAfter?: undefined;
  readonly reservation: null;
}

/** What a rate limit says to a request. With `degraded: null` all numbers are there. */
export type RateLimitDecision = Allowed | AllowedUncounted | Denied;
