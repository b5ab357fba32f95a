import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { listenError } from "../ports/ports.ts";
import { openStoragePaths } from "../storage/storage-server.ts";
import { corsHeaders, header, sendHtml, sendJson, sendPreflight } from "./answers.ts";
import { Faults } from "./faults.ts";
import { endToEnd, Forwarder, relay, type Upstream } from "./forward.ts";
import { clientHeaders, type FunctionsService } from "./functions-service.ts";
import { type GatewayKeys, swapKey } from "./keys.ts";
import type { RecordedRequest } from "./recorder.ts";
import { serveWebHandler, type WebHandler } from "./web-handler.ts";

/** The services behind a gateway. Until they are set, their paths answer 503. */
export interface GatewayServices {
  rest: Upstream | WebHandler | null;
  auth: WebHandler | null;
  storage: WebHandler | null;
  functions: FunctionsService | null;
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

const served: readonly string[] = ["/rest/v1", "/auth/v1", "/storage/v1", "/functions/v1"];
const notServed: Record<string, string> = {
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
  #services: GatewayServices = { rest: null, auth: null, storage: null, functions: null };
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
    const missing = notServed[service];
    // Whom a function lets in it says itself; the other services say nothing of it.
    if (incoming.method === "OPTIONS" && service !== "/functions/v1")
      return sendPreflight(incoming, outgoing);
    if (missing !== undefined) return sendJson(outgoing, 501, { code: "NOT_IMPLEMENTED", message: missing });
    if (!served.includes(service))
      return sendJson(outgoing, 404, { message: "no Route matched with those values" });
    const fault = this.faults.take(url.pathname);
    if (fault === "hang") return;
    if (fault === "cut-before-forward") return void incoming.socket.destroy();
    if (fault === "502-html") return sendHtml(outgoing);
    const pass = { incoming, outgoing, url, service, cutAnswer: fault === "cut-after-forward" };
    const answered = service === "/functions/v1" ? await this.#function(pass) : await this.#keyed(pass);
    if (!answered) sendJson(outgoing, 503, { message: "The local stack is still starting, or is stopping" });
  }

  /** A function decides itself about keys, and gets them as they came. */
  async #function({ incoming, outgoing, url, service, cutAnswer }: Passage): Promise<boolean> {
    const path = url.pathname.slice(service.length);
    const verdict = await this.#services.functions?.admit(
      path.split("/")[1] ?? "",
      header(incoming, "authorization"),
      incoming.method === "OPTIONS",
    );
    if (verdict === undefined) return false;
    if ("status" in verdict) {
      sendJson(outgoing, verdict.status, verdict.body);
      return true;
    }
    const headers = { ...endToEnd(incoming.headers), ...clientHeaders(incoming) };
    const answer = await verdict.forwarder.send(incoming, `${path}${url.search}`, headers);
    await pass(answer, incoming, outgoing, cutAnswer ? null : {});
    return true;
  }

  async #keyed(passage: Passage): Promise<boolean> {
    const { incoming, outgoing, url } = passage;
    const verdict = swapKey(
      {
        apikey: header(incoming, "apikey") ?? url.searchParams.get("apikey"),
        authorization: header(incoming, "authorization"),
        userAgent: header(incoming, "user-agent"),
      },
      this.#plan.keys,
    );
    // Links in emails, redirects of sign-in and signed URLs of files come without a key.
    const isOpen = openAuthPaths.test(url.pathname) || openStoragePaths.test(url.pathname);
    if ("status" in verdict && !isOpen) {
      sendJson(outgoing, verdict.status, verdict.body);
      return true;
    }
    const authorization =
      "authorization" in verdict ? verdict.authorization : header(incoming, "authorization");
    return this.#forward(passage, authorization);
  }

  async #forward(passage: Passage, authorization: string | null): Promise<boolean> {
    const { incoming, outgoing, url, service, cutAnswer } = passage;
    const { rest, auth, storage } = this.#services;
    const search = withoutApikey(url.search);
    const headers = { ...endToEnd(incoming.headers), ...(authorization === null ? {} : { authorization }) };
    const ofRest = typeof rest === "function" ? rest : null;
    const handler = service === "/auth/v1" ? auth : service === "/storage/v1" ? storage : ofRest;
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
    if (service !== "/rest/v1" || this.#forwarder === null) return false;
    const path = `${url.pathname.slice(service.length) || "/"}${search}`;
    const answer = await this.#forwarder.send(incoming, path, headers);
    await pass(answer, incoming, outgoing, cutAnswer ? null : corsHeaders);
    return true;
  }
}

/** A request on its way to a service. */
interface Passage {
  readonly incoming: IncomingMessage;
  readonly outgoing: ServerResponse;
  readonly url: URL;
  readonly service: string;
  readonly cutAnswer: boolean;
}

const openAuthPaths = /^\/auth\/v1\/(verify|callback|authorize|health|\.well-known\/)/;

/** Passes a service's answer on, or with null as headers takes it and cuts the caller off. */
async function pass(
  answer: IncomingMessage,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  extraHeaders: Record<string, string> | null,
): Promise<void> {
  if (extraHeaders !== null) return relay(answer, outgoing, extraHeaders);
  for await (const _ of answer);
  incoming.socket.destroy();
}

async function discard(handle: WebHandler, incoming: IncomingMessage): Promise<WebHandler> {
  return async (request) => {
    const response = await handle(request);
    await response.arrayBuffer();
    incoming.socket.destroy();
    return response;
  };
}

/** PostgREST would take a key in the query for a filter on a column named apikey. */
function withoutApikey(search: string): string {
  const kept = search
    .slice(1)
    .split("&")
    .filter((part) => part !== "" && !/^apikey=/.test(part));
  return kept.length === 0 ? "" : `?${kept.join("&")}`;
}
