/** Waits for some work, but not longer than so many ms; rejects when the caller aborts. */
type Within = (ms: number, work: Promise<void>) => Promise<void>;

const MAX_BYTES = 512 * 1024;
const MAX_TIME = 1_000;

/**
 * Reads the body of a response that nobody will look at, so that its connection can be used again; a body that is too
 * long or too slow is given up, which costs the connection instead.
 *
 * @param response the response
 * @param within for the bound on time
 * @returns when it is read or given up; never rejects
 */
export async function discardBody({ body }: Response, within: Within): Promise<void> {
  if (!body || body.locked) return;
  const reader = body.getReader();
  const read = async (left: number): Promise<void> => {
    const { done, value } = await reader.read();
    if (!done && left > value.byteLength) await read(left - value.byteLength);
  };
  // The connection may break: there is nothing to reuse. Cancelling what was read to its end does nothing.
  await within(MAX_TIME, read(MAX_BYTES)).catch(() => {});
  reader.cancel().catch(() => {});
}
