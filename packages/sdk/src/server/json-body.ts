import { isVidopsError, type VidopsError } from "@vidops/core/errors";
import { badField } from "./bad-field.ts";

/** What a body of this API may have at most, in bytes, where nothing else is said. */
export const mostBodyBytes = 262_144;

/** How long a body may take to come, in ms. */
const mostBodyMs = 10_000;

/**
 * Reads a request's body as JSON, and not more of it than may be.
 *
 * @param request whose body nobody read yet
 * @param maxBytes what a body may have at most
 * @returns the parsed value; undefined without a body
 * @throws VidopsError ERR_4008, field `body`: too large, cut, not UTF-8, not JSON
 * @example
 * ```ts
 * const order = orderSchema.parse(await jsonBody(request, 16_384));
 * ```
 */
export async function jsonBody(request: Request, maxBytes: number = mostBodyBytes): Promise<unknown> {
  const bytes = await boundedBytes(request, maxBytes);
  if (bytes.byteLength === 0) return undefined;
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes)) as unknown;
  } catch (cause) {
    throw badBody("is not JSON in UTF-8", "Send one JSON document.", cause);
  }
}

async function boundedBytes(request: Request, maxBytes: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  const tooLarge = (): VidopsError => badBody(`has more than ${maxBytes} bytes`, "Send less.");
  if (Number(request.headers.get("content-length")) > maxBytes) throw tooLarge();
  const reader = request.body?.getReader();
  // A body that stops in the middle would hold the function until the platform ends it.
  const timer = setTimeout(() => reader?.cancel().catch(() => {}), mostBodyMs);
  const end = Date.now() + mostBodyMs;
  try {
    for (;;) {
      const { done, value } = (await reader?.read()) ?? { done: true };
      if (Date.now() >= end) throw badBody("did not come whole in time", "Send it again.");
      if (done) break;
      // What a client says of the length may be wrong, or missing.
      size += value.byteLength;
      if (size > maxBytes) throw tooLarge();
      chunks.push(value);
    }
  } catch (thrown) {
    reader?.cancel().catch(() => {});
    if (isVidopsError(thrown)) throw thrown;
    throw badBody("did not come whole", "Send it again.", thrown);
  } finally {
    clearTimeout(timer);
  }
  const bytes = new Uint8Array(size);
  let offset = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, offset);
    offset += chunk.byteLength;
  }
  return bytes;
}

function badBody(fault: string, hint: string, cause?: unknown): VidopsError {
  return badField({ field: "body", fault, hint, cause });
}
