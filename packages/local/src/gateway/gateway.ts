import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { listenError } from "../ports/ports.ts";
import { Faults } from "./faults.ts";
import { endToEnd, Forwarder, relay, type Upstream } from "./forward.ts";
import { type GatewayKeys, swapKey } from "./keys.ts";
import type { RecordedRequest } from "./recorder.ts";
import { serveWebHandler, type WebHandler } from "./web-handler.ts";

/** The services behind a gateway. Until they are set, their paths answer 503. */
export interface GatewayServices {
  rest: Upstream | WebHandler | null;
  auth: WebHandler | null;
}

/** One HTTP server in front of all services, as a Supabase project has. */
export interface Gateway {
  readonly port: number;
  readonly url: string;
  readonly requests: RecordedRequest[];
  readonly faults: Faults;
  use(services: GatewayServices): void;
  close(): Promise<void>;
}

/** What a gateway needs to know at its start. */
export interface GatewayPlan {
  /** 0 picks a free one. */
  readonly port: number;
  readonly keys: GatewayKeys;
  /** Keeps a list of all requests; off for a stack that runs for days. */
  readonly record?: boolean;
}

const notServed: Record<string, string> = {
  "/functions/v1": "Edge Functions are not served by the local stack yet",
  "/storage/v1": "Storage is not part of the local stack",
  "/realtime/v1": "Realtime is not part of the local stack",
  "/graphql/v1": "GraphQL is not part of the local stack",
};

/**
 * Listens at once, so that the port is held while the services start.
 *
 * @throws LocalError `port_in_use`.
 */
export async function startGateway(plan: GatewayPlan): Promise<Gateway> {
  const session = new GatewaySession(plan);
  const server = createServer((incoming, outgoing) => void session.answer(incoming, outgoing));
  server.listen({ port: plan.port, host: "127.0.0.1" });
  try {
    await once(server, "listening");
  } catch (error) {
    throw await listenError(error, plan.port, "the gateway");
  }
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : plan.port;
  return {
    port,
    url: `http://127.0.0.1:${port}`,
    requests: session.requests,
    faults: session.faults,
    use: (services) => session.use(services),
    close: () => closeServer(server, session),
  };
}

async function closeServer(server: Server, session: GatewaySession): Promise<void> {
  if (!server.listening) return;
  const closed = once(server, "close");
  server.close();
  server.closeAllConnections();
  session.close();
  await closed;
}

class GatewaySession {
  readonly requests: RecordedRequest[] = [];
  readonly faults = new Faults();
  readonly #plan: GatewayPlan;
  #services: GatewayServices = { rest: null, auth: null };
  #forwarder: Forwarder | null = null;

  constructor(plan: GatewayPlan) {
    this.#plan = plan;
  }

  use(services: GatewayServices): void {
    this.#services = services;
    this.#forwarder?.close();
    const isUpstream = services.rest !== null && typeof services.rest !== "function";
    this.#forwarder = isUpstream ? new Forwarder(services.rest as Upstream) : null;
  }

  close(): void {
    this.#forwarder?.close();
  }

  async answer(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const url = new URL(incoming.url ?? "/", "http://gateway");
    const entry: RecordedRequest = {
      method: incoming.method ?? "GET",
      path: url.pathname,
      search: url.search,
      status: null,
    };
    if (this.#plan.record) this.requests.push(entry);
    outgoing.on("finish", () => {
      entry.status = outgoing.statusCode;
    });
    try {
      await this.#route(incoming, outgoing, url);
    } catch {
      // The caller went away, or the service did in the middle of its answer.
      if (outgoing.headersSent || outgoing.destroyed) outgoing.destroy();
      else sendJson(outgoing, 502, { message: "An invalid response was received from the upstream server" });
    }
  }

  async #route(incoming: IncomingMessage, outgoing: ServerResponse, url: URL): Promise<void> {
    const service = /^\/[a-z]+\/v1(?=\/|$)/.exec(url.pathname)?.[0] ?? "";
    const isKnown = service === "/rest/v1" || service === "/auth/v1";
    const missing = notServed[service];
    if (incoming.method === "OPTIONS") return sendPreflight(incoming, outgoing);
    if (missing !== undefined) return sendJson(outgoing, 501, { code: "NOT_IMPLEMENTED", message: missing });
    if (!isKnown) return sendJson(outgoing, 404, { message: "no Route matched with those values" });
    const fault = this.faults.take(url.pathname);
    if (fault === "hang") return;
    if (fault === "cut-before-forward") return void incoming.socket.destroy();
    if (fault === "502-html") return sendHtml(outgoing);

    const verdict = swapKey(
      {
        apikey: header(incoming, "apikey") ?? url.searchParams.get("apikey"),
        authorization: header(incoming, "authorization"),
        userAgent: header(incoming, "user-agent"),
      },
      this.#plan.keys,
    );
    // Links in emails and redirects of sign-in come without a key.
    const isOpen = /^\/auth\/v1\/(verify|callback|authorize|health|\.well-known\/)/.test(url.pathname);
    if ("status" in verdict && !isOpen) return sendJson(outgoing, verdict.status, verdict.body);
    const authorization =
      "authorization" in verdict ? verdict.authorization : header(incoming, "authorization");

    const answered = await this.#forward(
      service,
      incoming,
      outgoing,
      url,
      authorization,
      fault === "cut-after-forward",
    );
    if (!answered) sendJson(outgoing, 503, { message: "The local stack is still starting, or is stopping" });
  }

  async #forward(
    service: string,
    incoming: IncomingMessage,
    outgoing: ServerResponse,
    url: URL,
    authorization: string | null,
    cutAnswer: boolean,
  ): Promise<boolean> {
    const { rest, auth } = this.#services;
    const search = withoutApikey(url.search);
    const headers = { ...endToEnd(incoming.headers), ...(authorization === null ? {} : { authorization }) };
    const handler = service === "/auth/v1" ? auth : typeof rest === "function" ? rest : null;
    if (handler !== null) {
      const webHeaders = new Headers();
      for (const [name, value] of Object.entries(headers)) webHeaders.set(name, String(value));
      const target = cutAnswer ? await discard(handler, incoming) : handler;
      await serveWebHandler(target, incoming, outgoing, {
        url: `http://${incoming.headers.host ?? "127.0.0.1"}${url.pathname}${search}`,
        headers: webHeaders,
        extraHeaders: corsHeaders,
      });
      return true;
    }
    if (service === "/auth/v1" || this.#forwarder === null) return false;
    const path = `${url.pathname.slice(service.length) || "/"}${search}`;
    const answer = await this.#forwarder.send(incoming, path, headers);
    if (!cutAnswer) {
      await relay(answer, outgoing, corsHeaders);
    } else {
      for await (const _ of answer);
      incoming.socket.destroy();
    }
    return true;
  }
}

async function discard(handle: WebHandler, incoming: IncomingMessage): Promise<WebHandler> {
  return async (request) => {
    const response = await handle(request);
    await response.arrayBuffer();
    incoming.socket.destroy();
    return response;
  };
}

const corsHeaders: Record<string, string> = { "access-control-allow-origin": "*" };

function sendPreflight(incoming: IncomingMessage, outgoing: ServerResponse): void {
  outgoing.writeHead(204, {
    ...corsHeaders,
    "access-control-allow-methods": "GET,HEAD,PUT,PATCH,POST,DELETE,OPTIONS",
    "access-control-allow-headers": header(incoming, "access-control-request-headers") ?? "*",
    "access-control-max-age": "3600",
  });
  outgoing.end();
}

function sendJson(outgoing: ServerResponse, status: number, body: unknown): void {
  outgoing.writeHead(status, { "content-type": "application/json; charset=utf-8", ...corsHeaders });
  outgoing.end(JSON.stringify(body));
}

function sendHtml(outgoing: ServerResponse): void {
  outgoing.writeHead(502, { "content-type": "text/html; charset=utf-8" });
  outgoing.end(
    "<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>",
  );
}

/** PostgREST would take a key in the query for a filter on a column named apikey. */
function withoutApikey(search: string): string {
  const kept = search
    .slice(1)
    .split("&")
    .filter((part) => part !== "" && !/^apikey=/.test(part));
  return kept.length === 0 ? "" : `?${kept.join("&")}`;
}

function header(incoming: IncomingMessage, name: string): string | null {
  const value = incoming.headers[name];
  return (Array.isArray(value) ? value[0] : value) ?? null;
}
