import {
  Agent,
  createServer,
  type IncomingMessage,
  request as passOn,
  type RequestOptions,
  type ServerResponse,
} from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import { type Draw, drawFates, type Fate, type Weather } from "./weather.ts";

/** A proxy that loses, cuts, resets, repeats and delays. */
export interface FlakyProxy {
  readonly url: string;
  /** How many requests met each fate so far. */
  readonly counts: Readonly<Record<Fate, number>>;
  /** Lets everything through from now on, as fast as it can. */
  clearUp(): void;
  /** Resolves when everything that is under way has arrived, the late copies too. */
  settled(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** The whole answer of the server behind the proxy. */
interface Answer {
  readonly status: number;
  readonly headers: IncomingMessage["headers"];
  readonly body: Buffer;
}

/**
 * Starts a proxy between clients and a server, as a bad network is between them.
 *
 * @param target the server's origin
 * @param weather how often what goes wrong
 * @param seed of the draws; the same seed brings each request the same fate
 * @returns the proxy, listening on a free port of the loopback
 * @example
 * ```ts
 * await using network = await startFlakyProxy(server.url, { latency: [0, 20], odds: { "reset-after": 0.1 } }, 7);
 * ```
 */
export async function startFlakyProxy(target: string, weather: Weather, seed: number): Promise<FlakyProxy> {
  const { hostname, port } = new URL(target);
  const agent = new Agent({ keepAlive: true });
  const draw = drawFates(weather, seed);
  const counts: Record<Fate, number> = {
    ...{ delivered: 0, "reset-before": 0, "reset-after": 0, cut: 0 },
    ...{ "502-before": 0, "502-after": 0, twice: 0 },
  };
  const underWay = new Set<Promise<unknown>>();
  let clear = false;

  /** Keeps what runs on beside the request, so that a test can wait for it. */
  function track<T>(work: Promise<T>): Promise<T> {
    const ended = work.catch(() => {}).finally(() => underWay.delete(ended));
    underWay.add(ended);
    return work;
  }

  async function serve(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    // Read whole before anything goes wrong: what is passed on is passed on although the client has gone.
    const body = await buffer(incoming);
    const { "idempotency-key": key = "" } = incoming.headers;
    const { fate, before, after, copy }: Draw = clear
      ? { fate: "delivered", before: 0, after: 0, copy: 0 }
      : draw(`${incoming.method} ${incoming.url} ${String(key)}`);
    counts[fate] += 1;
    await sleep(before);
    if (fate === "reset-before") return void incoming.socket.resetAndDestroy();
    if (fate === "502-before") return badGateway(outgoing);
    const options = {
      ...{ agent, hostname, port, method: incoming.method, path: incoming.url },
      headers: { ...incoming.headers, host: new URL(target).host },
    };
    if (fate === "twice") track(sleep(copy).then(() => forward(options, body)));
    const answer = await forward(options, body);
    await sleep(after);
    if (fate === "reset-after") return void incoming.socket.resetAndDestroy();
    if (fate === "502-after") return badGateway(outgoing);
    outgoing.writeHead(answer.status, answer.headers);
    if (fate !== "cut" || answer.body.length < 2) return void outgoing.end(answer.body);
    outgoing.write(answer.body.subarray(0, answer.body.length / 2), () => outgoing.destroy());
  }

  async function settled(): Promise<void> {
    while (underWay.size > 0) await Promise.all(underWay);
  }

  const server = createServer((incoming, outgoing) => {
    track(serve(incoming, outgoing)).catch(() => incoming.socket.resetAndDestroy());
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(null)));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    counts,
    clearUp: () => {
      clear = true;
    },
    settled,
    async [Symbol.asyncDispose]() {
      await settled();
      agent.destroy();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function badGateway(outgoing: ServerResponse): void {
  outgoing
    .writeHead(502, { "content-type": "text/html" })
    .end("<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>");
}

function forward(options: RequestOptions, body: Buffer): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const outgoing = passOn(options, (response) => {
      const { statusCode: status = 0, headers } = response;
      buffer(response).then((whole) => resolve({ status, headers, body: whole }), reject);
    });
    outgoing.on("error", reject).end(body);
  });
}
