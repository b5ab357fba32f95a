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
  const chunks: Uint8Array[] = [];
  let size = 0;
  if (body === null) return { bytes: new Uint8Array(), fault: null };
  const { promise: stopped, resolve: stop } = Promise.withResolvers<"timeout" | "aborted">();
  const onAbort = (): void => stop("aborted");
  signal?.addEventListener("abort", onAbort);
  if (signal?.aborted) onAbort();
  const timer = clock.setTimeout(() => stop("timeout"), maxTime);
  const finish = (fault: ReadBody["fault"]): ReadBody => {
    const bytes = new Uint8Array(size);
    let at = 0;
    for (const chunk of chunks) {
      bytes.set(chunk, at);
      at += chunk.byteLength;
    }
    return { bytes, fault };
  };
  let reader: ReadableStreamDefaultReader<Uint8Array> | null = null;
  let done = false;
  try {
    reader = body.getReader();
    for (;;) {
      const read = await Promise.race([reader.read(), stopped]);
      if (typeof read === "string") return finish(read);
      if (read.done) {
        done = true;
        return finish(null);
      }
      // What is over the bound is dropped, so that memory is bounded by it and one chunk.
      const kept = read.value.subarray(0, maxBytes - size);
      chunks.push(kept);
      size += kept.byteLength;
      if (kept.byteLength < read.value.byteLength) return finish("too_large");
    }
  } catch {
    return finish(signal?.aborted ? "aborted" : "connection_lost");
  } finally {
    clock.clearTimeout(timer);
    signal?.removeEventListener("abort", onAbort);
    if (!done) reader?.cancel().catch(() => {});
  }
}
