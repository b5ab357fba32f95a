/**
 * The handlers of vidops on a Node server of one's own. It ends on SIGTERM when everything is answered and written.
 *
 *     export SUPABASE_URL=https://abc.supabase.co SUPABASE_PUBLISHABLE_KEY=… SUPABASE_SECRET_KEY=… FAL_KEY=… PORT=8080
 *     npx node --conditions=vidops-source examples/node-server.ts
 *
 * Apps keep the project's address, and send what is for functions to the server:
 *
 *     const functions = `${url}/functions/v1`;
 *     createVidops({ url, key, fetch: (to, init) => fetch(String(to).replace(functions, "https://api.example.com"), init) });
 */
import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { ReadableStream as NodeStream } from "node:stream/web";
import { createClient } from "@supabase/supabase-js";
import { createSupabaseVideoStore } from "@vidops/core/jobs";
import { createFal, developmentFetch } from "@vidops/core/providers";
import { createAppleDeviceCheck } from "@vidops/sdk/apple";
import { createHandlers, developmentAttestation } from "@vidops/sdk/server";

/** Answers requests, by the last part of their path. */
export type Handlers = Readonly<Record<string, (request: Request) => Promise<Response>>>;

/** A server that runs. */
export interface RunningServer {
  readonly url: string;
  [Symbol.asyncDispose](): Promise<void>;
}

/** The header in which the handlers find who asks: Node knows the address, and a client's own header of this name is replaced. */
const addressHeader = "x-client-address";

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

/** Makes the handlers of what the environment says. */
function handlers(env: NodeJS.ProcessEnv, waitUntil: (work: Promise<unknown>) => void): Handlers {
  const { SUPABASE_URL: url = "", SUPABASE_PUBLISHABLE_KEY: key = "", SUPABASE_SECRET_KEY = "" } = env;
  const { FAL_KEY: apiKey = "", VIDOPS_DEVELOPMENT_PROVIDER_URL: offline } = env;
  const { APPLE_TEAM_ID: teamId, APPLE_KEY_ID: keyId = "", APPLE_PRIVATE_KEY: privateKey = "" } = env;
  const options = { auth: { persistSession: false, autoRefreshToken: false } };
  const db = createClient(url, SUPABASE_SECRET_KEY, options);
  const { auth } = createClient(url, key, options);
  // `vidops local` has a provider that makes videos offline; it is reached in fal's place.
  const fetch = offline === undefined ? globalThis.fetch : developmentFetch(offline);
  return createHandlers({
    ...{ url, key, auth, db, waitUntil },
    providers: { fal: createFal({ apiKey, http: { fetch } }) },
    store: createSupabaseVideoStore(db.storage, { fetch, allowLoopback: offline !== undefined }),
    // Without Apple's word any device would do, which is refused but for a project on this machine.
    attestation:
      teamId === undefined
        ? developmentAttestation({ url })
        : createAppleDeviceCheck({ teamId, keyId, privateKey }),
    initialCredits: 10,
    trust: { header: addressHeader },
  });
}

if (import.meta.main) {
  // What is to be done after an answer is out; the process does not end before.
  const work = new Set<Promise<unknown>>();
  const waitUntil = (promise: Promise<unknown>): void => {
    const ended = promise.catch(() => {}).finally(() => work.delete(ended));
    work.add(ended);
  };
  const server = await serve(handlers(process.env, waitUntil), Number(process.env.PORT ?? 8080));
  console.log(`listening on ${server.url}`);
  await Promise.race([once(process, "SIGTERM"), once(process, "SIGINT")]);
  await server[Symbol.asyncDispose]();
  while (work.size > 0) await Promise.all(work);
}
