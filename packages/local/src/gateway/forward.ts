import {
  Agent,
  type IncomingMessage,
  type OutgoingHttpHeaders,
  request,
  type ServerResponse,
} from "node:http";
import { pipeline } from "node:stream/promises";

/** Where a service listens. */
export type Upstream = { readonly socketPath: string } | { readonly host: string; readonly port: number };

/** Headers that speak of one connection only (RFC 9110, section 7.6.1). */
const hopByHop = new Set([
  "connection",
  "keep-alive",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);

/** Passes requests on to one service over kept connections. */
export class Forwarder {
  readonly #upstream: Upstream;
  readonly #agent = new Agent({ keepAlive: true });

  constructor(upstream: Upstream) {
    this.#upstream = upstream;
  }

  /** Sends a request on; resolves when the service begins to answer. */
  send(incoming: IncomingMessage, path: string, headers: OutgoingHttpHeaders): Promise<IncomingMessage> {
    const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
    const outgoing = request(
      { ...this.#upstream, agent: this.#agent, method: incoming.method ?? "GET", path, headers },
      (answer) => {
        // What a service has not read by the end of its answer it may leave unread, and its connection open.
        answer.once("end", () => outgoing.writableFinished || outgoing.destroy());
        resolve(answer);
      },
    );
    outgoing.on("error", reject);
    // A caller that goes away takes its request with it, as PostgREST would see without a gateway.
    incoming.on("aborted", () => outgoing.destroy());
    incoming.pipe(outgoing);
    // The caller's connection is free for its next request once all was taken from it. After the pipe, which pauses as it ends.
    outgoing.on("close", () => incoming.resume());
    return promise;
  }

  close(): void {
    this.#agent.destroy();
  }
}

/** Streams a service's answer to the caller. */
export async function relay(
  answer: IncomingMessage,
  outgoing: ServerResponse,
  extraHeaders: Record<string, string>,
): Promise<void> {
  outgoing.writeHead(answer.statusCode ?? 502, { ...endToEnd(answer.headers), ...extraHeaders });
  await pipeline(answer, outgoing);
}

/** The headers that travel through a gateway. */
export function endToEnd(headers: OutgoingHttpHeaders): OutgoingHttpHeaders {
  const listed = String(headers.connection ?? "")
    .toLowerCase()
    .split(",")
    .map((name) => name.trim());
  return Object.fromEntries(
    Object.entries(headers).filter(([name]) => !hopByHop.has(name) && !listed.includes(name)),
  );
}
