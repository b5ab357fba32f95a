import type { IncomingMessage, ServerResponse } from "node:http";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";

/** A service that speaks the web's Request and Response. */
export type WebHandler = (request: Request) => Promise<Response>;

/** Answers a Node request with a web handler, streaming both bodies. */
export async function serveWebHandler(
  handle: WebHandler,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  { url, headers, extraHeaders }: { url: string; headers: Headers; extraHeaders: Record<string, string> },
): Promise<void> {
  const method = incoming.method ?? "GET";
  const hasBody = method !== "GET" && method !== "HEAD";
  const request = new Request(url, {
    method,
    headers,
    ...(hasBody ? { body: Readable.toWeb(incoming) as ReadableStream<Uint8Array>, duplex: "half" } : {}),
  } as RequestInit);
  outgoing.on("finish", () => drain(incoming));
  const response = await handle(request);
  outgoing.statusCode = response.status;
  for (const [name, value] of response.headers) if (name !== "set-cookie") outgoing.setHeader(name, value);
  const cookies = response.headers.getSetCookie();
  if (cookies.length > 0) outgoing.setHeader("set-cookie", cookies);
  for (const [name, value] of Object.entries(extraHeaders)) outgoing.setHeader(name, value);
  if (response.body === null || method === "HEAD") {
    outgoing.end();
    return;
  }
  await pipeline(Readable.fromWeb(response.body as import("node:stream/web").ReadableStream), outgoing);
}

/** Reads away what a handler left of a request's body: the next request on the connection would wait behind it. */
function drain(incoming: IncomingMessage): void {
  if (incoming.complete) return;
  // The web stream's listener, which pauses what nobody takes from it.
  incoming.removeAllListeners("data");
  incoming.resume();
}
