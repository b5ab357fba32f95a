import { Ratelimit } from "@upstash/ratelimit";
import { Redis } from "@upstash/redis";
import { createClient } from "redis";
import { openRedis } from "../rate-limit-stores/redis-server.ts";
import { type Contender, client, type Limit } from "./contenders.ts";
import { openRedisRest } from "./redis-rest.ts";

/** @upstash/ratelimit over a Redis, and how to make more of it. */
export interface Upstash extends Contender {
  make(scope: string, limit: Limit, options?: { dynamicLimits?: boolean }): Ratelimit;
  /** Names of the keys of a scope, and when each goes away by itself, in ms. */
  keys(scope: string): Promise<readonly { readonly key: string; readonly ttl: number }[]>;
}

/** Its sliding window over a real Redis, which is reached as Upstash is: by HTTP. */
export async function openUpstash(): Promise<Upstash> {
  const server = await openRedis();
  const direct = createClient(server.options).on("error", () => {});
  await direct.connect();
  const rest = await openRedisRest((command) => direct.sendCommand([...command]));
  const redis = new Redis({ url: rest.url, token: "any", responseEncoding: false, enableTelemetry: false });
  const make: Upstash["make"] = (scope, { max, seconds }, options = {}) =>
    new Ratelimit({
      redis,
      limiter: Ratelimit.slidingWindow(max, `${seconds} s`),
      prefix: scope,
      enableTelemetry: false,
      ...options,
    });
  const keys: Upstash["keys"] = async (scope) => {
    const found = await direct.keys(`${scope}:*`);
    return Promise.all(found.map(async (key) => ({ key, ttl: await direct.pTTL(key) })));
  };
  return {
    make,
    keys,
    limiter: async (scope, limit) => {
      const limiter = make(scope, limit);
      return {
        ask: async ({ from = client, cost } = {}) =>
          (await limiter.limit(from, cost === undefined ? undefined : { rate: cost })).success,
        used: async () => limit.max - (await limiter.getRemaining(client)).remaining,
        reset: () => limiter.resetUsedTokens(client),
      };
    },
    roundTrips: rest.requests,
    kept: async (scope) => (await keys(scope)).length,
    faults: {
      cut: async () => rest.fail("cut"),
      hang: async () => rest.fail("hang"),
      mend: async () => rest.fail(null),
    },
    readsAddress: false,
    takesCost: true,
    close: async () => {
      await rest.close();
      await direct.close();
      await server.close();
    },
  };
}
