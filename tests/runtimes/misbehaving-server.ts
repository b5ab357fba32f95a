import { createHash } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { type AddressInfo, createServer as createTcpServer, type Server, type Socket } from "node:net";
import { createServer as createTlsServer } from "node:tls";
import { selfSignedCertificate } from "./self-signed-certificate.ts";
import type { SeenRequest, Targets } from "./targets.ts";

/** A server on the loopback that does what the path says, and its neighbours. */
export interface MisbehavingServer extends AsyncDisposable {
  readonly targets: Targets;
  /** Serves this text at this path, as a script or as a page by its ending. */
  publish(path: string, text: string): void;
}

/**
 * Starts the server that the checks run against. The path says what goes wrong, or `?plan=reset,503;retry-after=1,200` does, request
 * by request, the last step staying. `?id=` names the check, so that `/seen?id=` can tell which requests arrived.
 *
 * @param first is asked before: true when it answers
 * @returns where it listens; dispose of it to free every port
 * @example
 * ```ts
 * await using server = await startMisbehavingServer();
 * await fetch(`${server.targets.origin}/reset?id=1`); // rejects
 * ```
 */
export async function startMisbehavingServer(
  first: (request: IncomingMessage, response: ServerResponse) => boolean = () => false,
): Promise<MisbehavingServer> {
  const seen = new Map<string, Arrival[]>();
  const published = new Map<string, string>();

  const server = createServer(async (request, response) => {
    if (first(request, response)) return;
    const url = new URL(request.url ?? "/", "http://127.0.0.1");
    const id = url.searchParams.get("id") ?? "";
    if (url.pathname === "/seen") {
      response.writeHead(200, { "content-type": "application/json" });
      const arrivals = (seen.get(id) ?? []).map(({ socket, ...rest }) => ({
        ...rest,
        closed: socket.destroyed,
      }));
      return response.end(JSON.stringify(arrivals));
    }
    const page = published.get(url.pathname);
    if (page !== undefined) {
      response.setHeader("content-type", url.pathname.endsWith(".js") ? "text/javascript" : "text/html");
      return response.end(page);
    }
    const entry = await receive(request, (arrived) => seen.set(id, [...(seen.get(id) ?? []), arrived]));
    if (entry === null) return;
    const plan = url.searchParams.get("plan")?.split(",") ?? [url.pathname.slice(1)];
    const number = (seen.get(id)?.indexOf(entry) ?? 0) + 1;
    const [step = "", ...settings] = (plan[Math.min(number, plan.length) - 1] ?? "").split(";");
    (steps[step] ?? answer)(request, response, [step, ...settings]);
  });
  server.on("connection", (socket) => socket.on("error", () => {}));
  const untrusted = createTlsServer(selfSignedCertificate(), (socket) => socket.destroy());
  // A client that refuses the certificate ends the handshake, which is the point.
  untrusted.on("tlsClientError", () => {});
  const hangUp = createTcpServer((socket) => {
    socket.on("error", () => {});
    socket.once("data", () => socket.destroy());
  });
  const foreign = createServer((_, response) => response.end("for the pages of nobody else"));
  const [port, refused, tls, hangUpPort, foreignPort] = await Promise.all([
    listen(server),
    freePort(),
    listen(untrusted),
    listen(hangUp),
    listen(foreign),
  ]);
  return {
    targets: {
      origin: `http://127.0.0.1:${port}`,
      refused: `http://127.0.0.1:${refused}`,
      untrusted: `https://127.0.0.1:${tls}`,
      plain: `https://127.0.0.1:${port}`,
      hangUp: `https://127.0.0.1:${hangUpPort}`,
      foreign: `http://127.0.0.1:${foreignPort}`,
    },
    publish: (path, text) => void published.set(path, text),
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      foreign.closeAllConnections();
      await Promise.all(
        [server, untrusted, hangUp, foreign].map((each) => each.close() && once(each, "close")),
      );
    },
  };
}

type Arrival = Omit<SeenRequest, "closed"> & { readonly socket: Socket };
type Step = (request: IncomingMessage, response: ServerResponse, words: readonly string[]) => void;

/** What happens once a request has arrived in whole. Any other word is a status, e.g. `503;retry-after=1;size=200000`. */
const steps: Readonly<Record<string, Step>> = {
  reset: ({ socket }) => void socket.resetAndDestroy(),
  close: ({ socket }) => void socket.end(),
  "cut-headers": ({ socket }) => void socket.end("HTTP/1.1 200 OK\r\nContent-Le"),
  "no-http": ({ socket }) => void socket.end("220 mail.example ESMTP\r\n"),
  "reset-body": ({ socket }, response) => {
    begin(response, { "content-length": 1_000 });
    setTimeout(() => socket.resetAndDestroy(), 100);
  },
  "close-body": ({ socket }, response) => {
    begin(response, { "content-length": 1_000 });
    setTimeout(() => socket.end(), 100);
  },
  "cut-chunks": ({ socket }, response) => {
    begin(response, {});
    setTimeout(() => socket.end(), 100);
  },
  "stall-body": (_, response) => begin(response, { "content-length": 1_000 }),
  "slow-body": (_, response) => {
    begin(response, {});
    setTimeout(() => response.end("the second"), 1_000);
  },
  silent: () => {},
  "slow-headers": (_, response) => void setTimeout(() => response.end("at last"), 300),
  redirect: (_, response) => void response.writeHead(302, { location: "/200?id=redirected" }).end(),
  "redirect-loop": ({ url }, response) => void response.writeHead(302, { location: url }).end(),
};

function begin(response: ServerResponse, headers: Readonly<Record<string, number>>): void {
  response.writeHead(200, headers);
  response.write("the first part, ");
}

function answer(
  _: IncomingMessage,
  response: ServerResponse,
  [code = "", ...settings]: readonly string[],
): void {
  let size = 0;
  for (const setting of settings) {
    const [name = "", value = ""] = setting.split("=");
    if (name === "size") size = Number(value);
    else response.setHeader(name, value);
  }
  response.writeHead(/^\d{3}$/.test(code) ? Number(code) : 404);
  response.end(size > 0 ? "x".repeat(size) : `status ${code}`);
}

/** Notes a request as soon as its headers are there, then reads its body; null when the client went away meanwhile. */
async function receive(
  request: IncomingMessage,
  note: (arrival: Arrival) => unknown,
): Promise<Arrival | null> {
  const { method = "", headers, socket } = request;
  const arrival = {
    method,
    headers: headers as Record<string, string>,
    body: "",
    bytes: 0,
    connection: socket.remotePort ?? 0,
    socket,
  };
  note(arrival);
  const hash = createHash("sha256");
  try {
    for await (const chunk of request as AsyncIterable<Buffer>) {
      arrival.bytes += chunk.length;
      hash.update(chunk);
    }
  } catch {
    return null;
  }
  arrival.body = hash.digest("hex");
  return arrival;
}

async function listen(server: Server): Promise<number> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}

async function freePort(): Promise<number> {
  const server = createTcpServer();
  const port = await listen(server);
  server.close();
  await once(server, "close");
  return port;
}
