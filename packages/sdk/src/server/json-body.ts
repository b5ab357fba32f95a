import { VidopsError } from "@vidops/core/errors";

/**
 * Reads a request's body as JSON, and not more of it than may be.
 *
 * @param request whose body nobody read yet
 * @param maxBytes what a body may have at most
 * @returns the parsed value
 * @throws VidopsError ERR_4008, field `body`: too large, not UTF-8, not JSON
 * @example
 * ```ts
 * const order = orderSchema.parse(await jsonBody(request, 16_384));
 * ```
 */
export async function jsonBody(request: Request, maxBytes: number): Promise<unknown> {
  const bytes = await boundedBytes(request, maxBytes);
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes)) as unknown;
  } catch (cause) {
    throw badBody("body_not_json", "The body is not JSON in UTF-8.", cause);
  }
}

async function boundedBytes(request: Request, maxBytes: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  const tooLarge = (): VidopsError => badBody("body_too_large", `The body has more than ${maxBytes} bytes.`);
  if (Number(request.headers.get("content-length")) > maxBytes) throw tooLarge();
  // What a client says of the length may be wrong, or missing. Leaving the loop cancels the rest.
  for await (const chunk of request.body ?? []) {
    size += chunk.byteLength;
    if (size > maxBytes) throw tooLarge();
    chunks.push(chunk);
  }
  const bytes = new Uint8Array(size);
  let offset = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, offset);
    offset += chunk.byteLength;
  }
  return bytes;
}

function badBody(reason: string, message: string, cause?: unknown): VidopsError {
  return new VidopsError({ code: "ERR_4008", reason, message, details: { field: "body" }, cause });
}
