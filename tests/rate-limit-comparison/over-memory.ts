import { once } from "node:events";
import { createServer, request, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import express from "express";
import { type Options, type RateLimitRequestHandler, rateLimit } from "express-rate-limit";
import { type Asked, type Contender, client, forwardedFor, type Limit } from "./contenders.ts";

/** A server that limits. */
export interface LimitingServer {
  readonly limiters: readonly RateLimitRequestHandler[];
  ask(asked?: Asked): Promise<Response>;
}

/** express-rate-limit with its memory store, and how to make more of it. */
export interface Express extends Contender {
  /**
   * Starts a server behind one proxy.
   *
   * @param limits its middlewares, in order
   * @param status what its handler answers
   */
  serve(limits: readonly (Limit & Partial<Options>)[], status?: () => number): Promise<LimitingServer>;
}

/** The middleware as its documentation shows it, in an Express that trusts one proxy. */
export function middlewareOf({
  max,
  seconds,
  ...options
}: Limit & Partial<Options>): RateLimitRequestHandler {
  return rateLimit({
    windowMs: seconds * 1000,
    limit: max,
    standardHeaders: "draft-8",
    legacyHeaders: false,
    ...options,
  });
}

/** The Express and the middlewares; `trust proxy` is the number of proxies. */
export function appOf(
  limiters: readonly RateLimitRequestHandler[],
  status: () => number,
  proxies: number,
): Server {
  const app = express();
  app.set("trust proxy", proxies);
  app.use(...limiters);
  app.post("/videos", (_request, response) => {
    response.sendStatus(status());
  });
  return createServer(app);
}

/** Asks through a Unix socket, where no client has an address; gives the status. */
export async function askWithoutAddress(server: Server, path: string): Promise<number> {
  if (!server.listening) {
    server.listen(path);
    await once(server, "listening");
  }
  return new Promise((resolve, reject) => {
    const asking = request({ socketPath: path, path: "/videos", method: "POST" }, (response) => {
      response.resume();
      response.on("end", () => resolve(response.statusCode ?? 0));
    });
    asking.on("error", reject);
    asking.end();
  });
}

/** Starts nothing yet: each limiter is a server of its own. */
export function openExpress(): Express {
  const servers: Server[] = [];
  const memories = new Map<string, RateLimitRequestHandler[]>();
  const serve: Express["serve"] = async (limits, status = () => 200) => {
    const limiters = limits.map(middlewareOf);
    const server = appOf(limiters, status, 1);
    servers.push(server);
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/videos`;
    return {
      limiters,
      ask: async (asked = {}) => {
        const response = await fetch(url, {
          method: "POST",
          headers: { "x-forwarded-for": forwardedFor(asked) },
        });
        await response.arrayBuffer();
        return response;
      },
    };
  };
  return {
    serve,
    limiter: async (scope, limit) => {
      const { limiters, ask } = await serve([limit]);
      memories.set(scope, [...(memories.get(scope) ?? []), ...limiters]);
      return {
        ask: async (asked) => (await ask(asked)).ok,
        used: async () => (await limiters[0]?.getKey(client))?.totalHits ?? 0,
        reset: async () => limiters[0]?.resetKey(client),
      };
    },
    roundTrips: () => 0,
    kept: async (scope) => {
      const found = await Promise.all((memories.get(scope) ?? []).map((limiter) => limiter.getKey(client)));
      return found.filter((entry) => entry !== undefined).length;
    },
    faults: null,
    readsAddress: true,
    takesCost: false,
    close: async () => {
      for (const server of servers) {
        server.closeAllConnections();
        server.close();
      }
    },
  };
}
