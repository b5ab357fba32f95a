/**
 * The handlers of vidops on a Node server of one's own, under the paths that they have on Supabase, so that the client needs to know
 * of nothing but the address. It ends on SIGTERM when everything is answered and written.
 *
 *     SUPABASE_URL=https://abc.supabase.co SUPABASE_PUBLISHABLE_KEY=… SUPABASE_SECRET_KEY=… FAL_KEY=… PORT=8080 \
 *       npx node --conditions=vidops-source examples/node-server.ts
 */
import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { ReadableStream as NodeStream } from "node:stream/web";
import { createClient } from "@supabase/supabase-js";
import { createSupabaseVideoStore } from "@vidops/core/jobs";
import { createFal } from "@vidops/core/providers";
import { createHandlers } from "@vidops/sdk/server";

/** Answers requests, by the last part of their path. */
export type Handlers = Readonly<Record<string, (request: Request) => Promise<Response>>>;

/** A server that runs. */
export interface RunningServer {
  readonly url: string;
  [Symbol.asyncDispose](): Promise<void>;
}

/** The header in which the handlers find who asks: Node knows the address, and a client's own header of this name is replaced. */
export const addressHeader = "x-client-address";

/**
 * Serves handlers with node:http.
 *
 * @param handlers by name
 * @param port 0 picks a free one
 */
export async function serve(handlers: Handlers, port: number): Promise<RunningServer> {
  const server: Server = createServer((incoming, outgoing) => {
    answer(handlers, incoming, outgoing).catch(() => outgoing.destroy());
  });
  server.listen(port, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      server.close();
      server.closeIdleConnections();
      await once(server, "close");
    },
  };
}

async function answer(
  handlers: Handlers,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
): Promise<void> {
  const url = new URL(incoming.url ?? "/", "http://localhost");
  const name = url.pathname.split("/").at(-1) ?? "";
  const handle = Object.hasOwn(handlers, name) ? handlers[name] : undefined;
  const response = (await handle?.(toRequest(incoming, url))) ?? new Response(null, { status: 404 });
  outgoing.writeHead(response.status, Object.fromEntries(response.headers));
  if (response.body === null || incoming.method === "HEAD") outgoing.end();
  else await pipeline(Readable.fromWeb(response.body as NodeStream), outgoing);
}

function toRequest(incoming: IncomingMessage, url: URL): Request {
  const headers = new Headers();
  for (const [name, values = []] of Object.entries(incoming.headersDistinct)) {
    for (const value of values) headers.append(name, value);
  }
  headers.set(addressHeader, incoming.socket.remoteAddress ?? "");
  const { method = "GET" } = incoming;
  const body = method === "GET" || method === "HEAD" ? null : (Readable.toWeb(incoming) as ReadableStream);
  return new Request(url, { method, headers, body, duplex: "half" } as RequestInit);
}

if (import.meta.main) {
  const {
    SUPABASE_URL = "",
    SUPABASE_PUBLISHABLE_KEY = "",
    SUPABASE_SECRET_KEY = "",
    FAL_KEY = "",
    PORT,
  } = process.env;
  const options = { auth: { persistSession: false, autoRefreshToken: false } };
  const client = createClient(SUPABASE_URL, SUPABASE_SECRET_KEY, options);
  /** What is to be done after an answer is out; the process does not end before. */
  const work = new Set<Promise<unknown>>();
  const server = await serve(
    createHandlers({
      url: SUPABASE_URL,
      key: SUPABASE_PUBLISHABLE_KEY,
      auth: createClient(SUPABASE_URL, SUPABASE_PUBLISHABLE_KEY, options).auth,
      db: client,
      providers: { fal: createFal({ key: FAL_KEY }) },
      store: createSupabaseVideoStore(client.storage),
      trust: { header: addressHeader },
      waitUntil: (promise) => {
        const ended = promise.catch(() => {}).finally(() => work.delete(ended));
        work.add(ended);
      },
    }),
    Number(PORT ?? 8080),
  );
  console.log(`listening on ${server.url}`);
  await Promise.race([once(process, "SIGTERM"), once(process, "SIGINT")]);
  await server[Symbol.asyncDispose]();
  while (work.size > 0) await Promise.all(work);
}
