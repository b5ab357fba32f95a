import { LocalError, LocalErrorCode } from "./errors/local-error.ts";

/** What a start ends with that was told to stop. */
export function interrupted(cause?: unknown): LocalError {
  return new LocalError(LocalErrorCode.Aborted, "the start was interrupted", null, cause);
}

/** Waits for work until a signal ends the waiting. */
export async function abortable<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return work;
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const abort = (): void => reject(interrupted(signal.reason));
  if (signal.aborted) abort();
  signal.addEventListener("abort", abort, { once: true });
  // What still runs when the start is interrupted fails as its parts are stopped; nobody waits for it.
  work.catch(() => {});
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener("abort", abort);
  }
}
