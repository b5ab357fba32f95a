/**
 * Lets calls at the same time share one piece of work.
 *
 * @param work what is done, once for all who ask while it is under way
 * @returns a function that begins the work, or joins it
 * @example
 * ```ts
 * const load = singleFlight(() => fetch(url));
 * await Promise.all([load(), load()]); // one request
 * ```
 */
export function singleFlight<T>(work: () => Promise<T>): () => Promise<T> {
  let running: Promise<T> | null = null;
  return () => {
    running ??= work().finally(() => {
      running = null;
    });
    return running;
  };
}
