import type { NetworkFailure } from "./network-failure.ts";

/** One attempt that did not end the call, or the last one. */
export interface Attempt {
  /** 1 for the first. */
  readonly number: number;
  /** The status of the response, or null when there was none. */
  readonly status: number | null;
  /** Why there was no response, or null. */
  readonly reason: NetworkFailure["reason"] | null;
  /** What was thrown, or null when there was a response. */
  readonly error: unknown;
  /** How long it took to get headers or an error, in ms. */
  readonly duration: number;
  /** How long was waited after it, in ms; null when it was the last. */
  delay: number | null;
}
