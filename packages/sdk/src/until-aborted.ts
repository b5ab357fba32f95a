import type { Clock } from "./clock.ts";

/**
 * Waits for work that others may wait for too: an abort ends this wait at once, not the work.
 *
 * @param signal of the one who waits, or none
 * @param work what is waited for
 * @returns what the work returns
 * @throws the signal's reason when aborted; else what the work throws
 * @example
 * ```ts
 * const tokens = await untilAborted(options.signal, sharedRefresh);
 * ```
 */
export function untilAborted<T>(signal: AbortSignal | undefined, work: Promise<T>): Promise<T> {
  if (signal === undefined) return work;
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(abortReason(signal));
    if (signal.aborted) onAbort();
    signal.addEventListener("abort", onAbort);
    work.then(resolve, reject).finally(() => signal.removeEventListener("abort", onAbort));
  });
}

/** Why it was aborted; some runtimes do not keep the reason. */
export function abortReason(signal: AbortSignal): unknown {
  return signal.reason ?? Object.assign(new Error("This operation was aborted."), { name: "AbortError" });
}

/** A wait that can be ended before its time. */
export interface Timer {
  readonly over: Promise<void>;
  /** Ends the wait now. */
  stop(): void;
}

/**
 * Begins a wait.
 *
 * @param clock the time
 * @param ms how long
 * @returns the wait; stop it when it is of no use any more, or it keeps a program alive
 */
export function startTimer(clock: Clock, ms: number): Timer {
  let stop = (): void => {};
  const over = new Promise<void>((resolve) => {
    const timer = clock.setTimeout(resolve, ms);
    stop = () => {
      clock.clearTimeout(timer);
      resolve();
    };
  });
  return { over, stop };
}
