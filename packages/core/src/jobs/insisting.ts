import { isVidopsError } from "../errors/index.ts";

/** Waits between the attempts, in ms. */
const waits = [100, 400, 1_600];

/**
 * Repeats a write that may be repeated as often as one likes, while the database cannot be reached or its answer is lost.
 *
 * @param write the write
 * @returns what it resolves with
 * @throws its last error; any other one at once
 * @example
 * ```ts
 * await insisting(() => attachGeneration(db, { jobId, providerJobId }));
 * ```
 */
export async function insisting<T>(write: () => Promise<T>): Promise<T> {
  for (const wait of waits) {
    try {
      return await write();
    } catch (error) {
      if (!isVidopsError(error) || !(error.code === "ERR_6006" || error.retryable)) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, wait));
  }
  return await write();
}
