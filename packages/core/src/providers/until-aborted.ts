/**
 * Waits for what others may be waiting for too: an abort ends the waiting, and the work goes on.
 *
 * @param work what is waited for
 * @param signal ends the waiting
 * @returns what the work resolves with
 * @throws the signal's reason, at once · what the work rejects with
 * @example
 * ```ts
 * const keys = await untilAborted(sharedKeys, signal);
 * ```
 */
export async function untilAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return await work;
  const { promise: gone, reject } = Promise.withResolvers<never>();
  const onAbort = (): void => reject(signal.reason);
  signal.addEventListener("abort", onAbort);
  if (signal.aborted) onAbort();
  try {
    return await Promise.race([work, gone]);
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}
