import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { fetchWithRetry } from "@vidops/core/http";
import { withRetry } from "fetch-extras";
import ky from "ky";
import { ofetch } from "ofetch";
import { Agent, RetryAgent, request } from "undici";
import type { Comparison } from "./measure.ts";

const RETRIES = 100;

/** Sends a GET that is answered with 503 a hundred times; each waits 1 ms between attempts. */
const senders: Readonly<Record<string, (url: string) => Promise<unknown>>> = {
  fetchWithRetry: (url) =>
    fetchWithRetry(url, {}, { maxRetries: RETRIES, initialDelay: 1, maxDelay: 1, jitter: "none" }).then(
      (response) => response.text(),
    ),
  ky: (url) => ky(url, { retry: { limit: RETRIES, delay: () => 1 } }).text(),
  ofetch: (url) => ofetch(url, { retry: RETRIES, retryDelay: 1, responseType: "text" }),
  "fetch-extras": (url) =>
    withRetry({ retries: RETRIES, backoff: () => 1 })(fetch)(url).then((response) => response.text()),
  "undici's RetryAgent": async (url) => {
    const agent = new RetryAgent(new Agent(), { maxRetries: RETRIES, minTimeout: 1, maxTimeout: 1 });
    try {
      const { body } = await request(url, { dispatcher: agent });
      await body.text();
    } finally {
      await agent.close();
    }
  },
};

/** How many connections a server sees while it answers 503 a hundred times, then 200. */
export async function socketsUsed(
  send: (url: string) => Promise<unknown>,
  bytes: number,
): Promise<{ sockets: number; requests: number }> {
  const body = Buffer.alloc(bytes, "x");
  let [sockets, requests] = [0, 0];
  const server = createServer((_request, response) => {
    requests += 1;
    response.writeHead(requests <= RETRIES ? 503 : 200, { "content-type": "text/plain" });
    response.end(requests <= RETRIES ? body : "done");
  });
  server.on("connection", () => {
    sockets += 1;
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  try {
    await send(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
  } finally {
    server.closeAllConnections();
    server.close();
    await once(server, "close");
  }
  return { sockets, requests };
}

/** Whether connections are used again when bodies of errors are thrown away. */
export async function socketComparisons(say: (line: string) => void): Promise<Comparison[]> {
  const comparisons: Comparison[] = [];
  for (const [what, bytes] of [
    ["500-byte", 500],
    ["200 kB", 200_000],
  ] as const) {
    const used: Record<string, number> = {};
    for (const [name, send] of Object.entries(senders)) {
      const { sockets, requests } = await socketsUsed(send, bytes);
      say(`${what} error bodies, ${name}: ${sockets} sockets for ${requests} requests`);
      if (requests !== RETRIES + 1) throw new Error(`${name} sent ${requests} requests, not ${RETRIES + 1}`);
      used[name] = sockets;
    }
    const { fetchWithRetry: value = Number.NaN, ...others } = used;
    for (const [baseline, baselineValue] of Object.entries(others)) {
      comparisons.push({
        what: `${RETRIES} retries over keep-alive after ${what} error bodies`,
        unit: "sockets",
        value,
        baseline,
        baselineValue,
        ratio: value,
        bound: { atMost: 2 },
      });
    }
  }
  return comparisons;
}
