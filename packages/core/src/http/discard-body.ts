import type { Clock } from "./retry-config.ts";

const MAX_BYTES = 512 * 1024;
const MAX_TIME = 1_000;

/**
 * Reads the body of a response that nobody will look at, so that its connection can be used again; a body that is too
 * long or too slow is given up, which costs the connection instead.
 *
 * @param response the response
 * @param clock for the bound on time
 * @returns when it is read or given up; never rejects
 */
export async function discardBody(response: Response, clock: Clock): Promise<void> {
  if (response.body === null || response.bodyUsed) return;
  const reader = response.body.getReader();
  const timer = clock.setTimeout(() => void reader.cancel().catch(() => {}), MAX_TIME);
  try {
    let left = MAX_BYTES;
    for (let read = await reader.read(); !read.done; read = await reader.read()) {
      left -= read.value.byteLength;
      if (left < 0) return void reader.cancel().catch(() => {});
    }
  } catch {
    // The connection broke: there is nothing to reuse.
  } finally {
    clock.clearTimeout(timer);
  }
}
