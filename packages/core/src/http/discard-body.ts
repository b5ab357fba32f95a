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
 * @param left how long the whole call may take yet, in ms
 * @returns when it is read or given up; never rejects
 */
export async function discardBody({ body }: Response, within: Within, left: number): Promise<void> {
  if (!body || body.locked) return;
  const reader = body.getReader();
  const read = async (): Promise<void> => {
    // An empty piece counts too, or a server of nothing but those would be read for ever.
    for (let left = MAX_BYTES; left > 0; ) {
      const { done, value } = await reader.read();
      if (done) return;
      left -= value.byteLength || 1;
    }
  };
  // The connection may break: there is nothing to reuse. Cancelling what was read to its end does nothing.
  await within(Math.min(MAX_TIME, left), read()).catch(() => {});
  reader.cancel().catch(() => {});
}
