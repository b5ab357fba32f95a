import type { fetchWithRetry } from "@vidops/core/http";
import type { RuntimeName } from "../failure-cases.ts";
import type { SeenRequest, Targets } from "../targets.ts";

type Config = NonNullable<Parameters<typeof fetchWithRetry>[2]>;
export type Options = NonNullable<Parameters<typeof fetchWithRetry>[1]>;

/** What a check is given. */
export interface Place {
  readonly targets: Targets;
  /** The URL whose answers follow this plan, e.g. `reset,503;retry-after=1,200`. */
  url(plan: string): string;
  /** What arrived for this check. */
  seen(): Promise<SeenRequest[]>;
}

/** One thing that `fetchWithRetry` does. */
export interface Behaviour {
  readonly name: string;
  /** Where the runtime itself does not let it hold, and why. */
  readonly not?: Partial<Record<RuntimeName, string>>;
  /** Throws when it does not hold. */
  check(place: Place): Promise<void>;
}

/** No time to lose. */
export const quick: Config = { initialDelay: 10, jitter: "none" };

/** Why no stream is sent. */
export const noStreams: Partial<Record<RuntimeName, string>> = {
  chromium: "sends a stream over HTTP/2 and later only",
};

/** What a rejection carries that the checks look at. */
export interface Failed {
  readonly name?: string;
  readonly message?: string;
  readonly code?: unknown;
  readonly reason?: unknown;
  readonly sent?: unknown;
  readonly attempts?: readonly { readonly delay: number | null }[];
}

export async function failure(promise: Promise<unknown>): Promise<Failed> {
  let value: unknown;
  try {
    value = await promise;
  } catch (error) {
    return error as Failed;
  }
  throw new Error(`It did not fail: ${value instanceof Response ? value.status : value}`);
}

export async function abortedAfter(
  ms: number,
  start: (signal: AbortSignal) => Promise<unknown>,
): Promise<{ reason: string; late: number }> {
  const controller = new AbortController();
  const started = start(controller.signal);
  let aborted = 0;
  setTimeout(() => {
    aborted = Date.now();
    controller.abort(new Error("mine"));
  }, ms);
  const reason = await failure(started);
  return { reason: String(reason), late: Date.now() - aborted };
}

/** Counts the timers of a clock and the listeners on a signal that are not taken away again. */
export function watch(signal: AbortSignal): {
  clock: NonNullable<Config["clock"]>;
  left: () => { timers: number; listeners: number };
} {
  const timers = new Set<unknown>();
  const listeners = new Set<unknown>();
  const { addEventListener: add, removeEventListener: remove } = signal;
  signal.addEventListener = (...rest: unknown[]) => {
    listeners.add(rest[1]);
    Reflect.apply(add, signal, rest);
  };
  signal.removeEventListener = (...rest: unknown[]) => {
    listeners.delete(rest[1]);
    Reflect.apply(remove, signal, rest);
  };
  return {
    clock: {
      now: () => Date.now(),
      setTimeout: (callback, ms) => {
        const timer = setTimeout(() => {
          timers.delete(timer);
          callback();
        }, ms);
        timers.add(timer);
        return timer;
      },
      clearTimeout: (timer) => {
        timers.delete(timer);
        clearTimeout(timer as number);
      },
    },
    left: () => ({ timers: timers.size, listeners: listeners.size }),
  };
}

/** All requests carried the same body, so many bytes long. */
export function sameContent(requests: readonly SeenRequest[], bytes: number | null, count?: number): void {
  if (count !== undefined) equal(requests.length, count);
  else within(requests.length, 2, 9);
  equal(new Set(requests.map(({ body }) => body)).size, 1);
  if (bytes !== null) equal(requests[0]?.bytes, bytes);
}

export const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

export function equal(actual: unknown, expected: unknown): void {
  const [is, should] = [actual, expected].map((value) => JSON.stringify(value));
  if (is !== should) throw new Error(`got ${is}, wanted ${should}`);
}

export function within(actual: number, least: number, most: number): void {
  if (!(actual >= least && actual <= most)) throw new Error(`got ${actual}, wanted ${least} to ${most}`);
}
