import type { LimitScope, LimitState } from "./decision.ts";

/** One limit as a store judges it. */
export interface StoredLimit {
  readonly name: string;
  readonly per: LimitScope;
  /** For `key` only: the app's own key, 1 to 200 characters. */
  readonly key: string | null;
  /** Requests in any window, 1 or more. */
  readonly maxRequests: number;
  readonly windowSeconds: number;
}

/** Whose request it is. */
export interface RequestSubject {
  /** What is limited, e.g. `video_generation`: 1 to 100 characters. */
  readonly action: string;
  /** The address that counts, from `clientIp`; null when it is unknown: then the store counts all unknown ones together. */
  readonly ip: string | null;
  readonly userId: string | null;
}

/** A request to be judged. */
export interface TakeRequest extends RequestSubject {
  /** Null: the limits that the store keeps for the action (`rate_limit_rules`), by the user's tier. */
  readonly limits: readonly StoredLimit[] | null;
  /** How many requests it counts as, 1 or more. */
  readonly cost: number;
  /** True to get a reservation, by which the slot can be given back. */
  readonly reserve: boolean;
  /** Denials of this request that were answered from memory since the store was last asked; for its log. */
  readonly unloggedDenials: number;
}

/** What a store answers. */
export interface TakeAnswer {
  readonly allowed: boolean;
  readonly limits: readonly LimitState[];
  readonly reservation: string | null;
}

/** How a reservation was settled. `changed` is false when it was settled in that way before. */
export interface SettledReservation {
  readonly changed: boolean;
}

/**
 * Where limits are counted. All stores mean the same by the same call: an exact rolling window for limits up to 100,
 * above that one that never admits more and frees a slot at most a hundredth of the window late; all limits of one request
 * or none; the store's clock. `tests/rate-limit-stores` holds every store to it.
 */
export interface RateLimitStore {
  /** Judges and counts in one step. Rejects when the store cannot say, never with a denial. */
  take(request: TakeRequest, signal?: AbortSignal): Promise<TakeAnswer>;
  /** Looks, and counts nothing. */
  peek(
    request: Omit<TakeRequest, "reserve" | "unloggedDenials">,
    signal?: AbortSignal,
  ): Promise<readonly LimitState[]>;
  /** Forgets what was counted for one subject of one limit; true when there was something. */
  reset(request: RequestSubject & { readonly limit: StoredLimit }, signal?: AbortSignal): Promise<boolean>;
  /** Keeps a reserved slot for good. */
  commit(reservation: string, signal?: AbortSignal): Promise<SettledReservation>;
  /** Gives a reserved slot back, once. */
  release(reservation: string, signal?: AbortSignal): Promise<SettledReservation>;
}
