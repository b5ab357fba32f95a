import type { Clock } from "../http/index.ts";

/** How much is read of a body, and for how long. */
export interface BodyBounds {
  readonly maxBytes: number;
  /** In ms, for the whole body. */
  readonly maxTime: number;
  readonly clock: Clock;
  readonly signal?: AbortSignal | undefined;
}

/** What was read, and why that is not all. */
export interface ReadBody {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly fault: "timeout" | "too_large" | "connection_lost" | "aborted" | null;
}

const FIRST_BUFFER = 16_384;
/** A stream may go on for ever without a byte. */
const MAX_EMPTY_CHUNKS = 10_000;

/**
 * Reads a body within bounds, whoever sends it: it may have no end, stall, or break off.
 *
 * @param body the body, or null when there is none
 * @param bounds bytes and ms
 * @returns what came, and what ended it; never rejects
 * @example
 * ```ts
 * const { bytes, fault } = await readBody(response.body, { maxBytes: 1_048_576, maxTime: 10_000, clock });
 * ```
 */
export async function readBody(
  body: ReadableStream<Uint8Array> | null,
  { maxBytes, maxTime, clock, signal }: BodyBounds,
): Promise<ReadBody> {
  if (body === null) return { bytes: new Uint8Array(), fault: null };
  let buffer = new Uint8Array(0);
  let size = 0;
  let empty = 0;
  const finish = (fault: ReadBody["fault"]): ReadBody => ({ bytes: buffer.subarray(0, size), fault });
  let reader: ReadableStreamDefaultReader<Uint8Array>;
  try {
    reader = body.getReader();
  } catch {
    return finish(signal?.aborted ? "aborted" : "connection_lost");
  }
  let stopped: "timeout" | "aborted" | null = null;
  const cancel = (): void => void reader.cancel().catch(() => {});
  // A cancel ends the read that is under way. A race would leave a reaction behind for each chunk, until the last one.
  const stop = (why: "timeout" | "aborted"): void => {
    stopped ??= why;
    // After the timer's callback: within it, the socket that msw makes up closes in a way that Node's parser asserts against.
    queueMicrotask(cancel);
  };
  const why = (): typeof stopped => stopped;
  const onAbort = (): void => stop("aborted");
  signal?.addEventListener("abort", onAbort);
  if (signal?.aborted) onAbort();
  const timer = clock.setTimeout(() => stop("timeout"), maxTime);
  try {
    for (;;) {
      const read = await reader.read();
      const reason = why();
      if (reason !== null) return finish(reason);
      if (read.done) return finish(null);
      // What is over the bound is dropped, so that memory is bounded by it and one chunk.
      const kept = read.value.subarray(0, maxBytes - size);
      if (kept.byteLength > buffer.byteLength - size) {
        const room = Math.max(buffer.byteLength * 2, size + kept.byteLength, FIRST_BUFFER);
        const larger = new Uint8Array(Math.min(room, maxBytes));
        larger.set(buffer.subarray(0, size));
        buffer = larger;
      }
      // Copied: a chunk may be a small part of a large buffer that it would hold.
      buffer.set(kept, size);
      size += kept.byteLength;
      if (read.value.byteLength === 0) empty += 1;
      if (kept.byteLength < read.value.byteLength || empty > MAX_EMPTY_CHUNKS) {
        cancel();
        return finish("too_large");
      }
    }
  } catch {
    cancel();
    return finish(why() ?? (signal?.aborted ? "aborted" : "connection_lost"));
  } finally {
    clock.clearTimeout(timer);
    signal?.removeEventListener("abort", onAbort);
  }
}
