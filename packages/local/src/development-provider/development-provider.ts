import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { serveWebHandler } from "../gateway/web-handler.ts";
import type { Job } from "./job.ts";
import { type Pace, Queue } from "./queue.ts";
import { createRoutes, type Routes } from "./routes.ts";

/** A provider that runs on this machine and costs nothing. */
export interface DevelopmentProvider {
  /** What `developmentFetch` is given: "http://127.0.0.1:40123". */
  readonly url: string;
  /** All jobs that it took, in their order. */
  jobs(): readonly Readonly<Job>[];
  /** Ends a job now instead of in its time. */
  finish(id: string): void;
  close(): Promise<void>;
}

/**
 * Starts a provider that speaks as fal does, so that the real adapters run offline. It "makes" the same short video for every
 * prompt; words in square brackets ask for more: `[reject]`, `[fail]`, `[slow]`, `[late]`, `[lost]`, `[twice]`, `[silent]`.
 *
 * @param pace how long jobs take, in seconds
 * @returns the provider; close it at the end
 * @example
 * const provider = await startDevelopmentProvider({ seconds: 0.1 });
 * const fal = createFal({ apiKey: "development", http: { fetch: developmentFetch(provider.url) } });
 */
export async function startDevelopmentProvider(pace: Pace = {}): Promise<DevelopmentProvider> {
  const queue = new Queue(pace);
  const routes = createRoutes(queue);
  const server = createServer((incoming, outgoing) => void answer(routes, incoming, outgoing));
  server.listen({ port: 0, host: "127.0.0.1" });
  await once(server, "listening");
  queue.origin = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url: `http://${queue.origin}`,
    jobs: () => [...queue.jobs.values()],
    finish: (id) => queue.finish(id),
    close: async () => {
      queue.close();
      const closed = once(server, "close");
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

async function answer(routes: Routes, incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
  const headers = new Headers();
  for (const [name, value] of Object.entries(incoming.headers)) headers.set(name, String(value));
  try {
    const handle = async (request: Request): Promise<Response> => {
      const response = await routes(request);
      if (response === null) throw new Error("the answer gets lost, as it was asked to");
      return response;
    };
    const url = `http://${incoming.headers.host ?? "127.0.0.1"}${incoming.url ?? "/"}`;
    await serveWebHandler(handle, incoming, outgoing, { url, headers, extraHeaders: {} });
  } catch {
    incoming.socket.destroy();
  }
}
