import { createClient } from "@supabase/supabase-js";
import { createDatabase } from "@vidops/core/database";
import { createRateLimiter, type RateLimiter, type RateLimiterOptions } from "@vidops/core/rate-limit";
import type { Fault, TestStack } from "@vidops/local/testing";
import { firstCheckRateLimit, firstRateLimitSchema } from "../../benchmarks/first-rate-limiter.ts";
import {
  type Asked,
  type Contender,
  client,
  forwardedFor,
  type Limit,
  type StoreFaults,
} from "./contenders.ts";

/** A request that came through one proxy. */
export function requestOf(asked: Asked = {}): Request {
  return new Request("https://app.example/videos", {
    method: "POST",
    headers: { "x-forwarded-for": forwardedFor(asked) },
  });
}

/** A limiter of vidops over a stack's Data API, told of the one proxy. Each call is a process. */
export function ourLimiter(stack: TestStack, options: Partial<RateLimiterOptions> = {}): RateLimiter {
  const db = createDatabase({ url: stack.url, key: stack.secretKey });
  return createRateLimiter({ db, trust: { hops: 1 }, log: () => {}, ...options } as RateLimiterOptions);
}

/** A limit as `checkRateLimit` takes it. */
export function configOf(
  action: string,
  { max, seconds }: Limit,
): { action: string; maxRequests: number; windowMinutes: number } {
  return { action, maxRequests: max, windowMinutes: seconds / 60 };
}

/** `checkRateLimit` of vidops, with its defaults but for the proxy. */
export function openOurs(stack: TestStack): Contender {
  return {
    limiter: async (scope, limit) => {
      const limiter = ourLimiter(stack);
      const config = configOf(scope, limit);
      return {
        ask: async (asked = {}) =>
          (await limiter.check(requestOf(asked), { ...config, cost: asked.cost })).allowed,
        used: async () => {
          const [state] = await limiter.peek(requestOf(), config);
          return (state?.limit ?? Number.NaN) - (state?.remaining ?? Number.NaN);
        },
        reset: () => limiter.reset({ action: scope, ip: client }, { per: "ip", ...config }),
      };
    },
    roundTrips: () => stack.requests.length,
    kept: async (scope) => {
      const [row] =
        await stack.sql`select count(*)::int as kept from vidops.rate_limit_state where action = ${scope}`;
      return row?.kept;
    },
    faults: dataApiFaults(stack),
    readsAddress: true,
    takesCost: true,
    close: async () => {},
  };
}

/** The function that `checkRateLimit` took the place of. */
export async function openFirst(stack: TestStack): Promise<Contender> {
  await stack.sql.unsafe(firstRateLimitSchema);
  await stack.reloadSchema();
  const supabase = createClient(stack.url, stack.secretKey, { auth: { persistSession: false } });
  const kept = async (scope: string): Promise<number> => {
    const [row] =
      await stack.sql`select count(*)::int as kept from first_rate_limit_log where action = ${scope}`;
    return row?.kept;
  };
  return {
    limiter: async (scope, limit) => ({
      ask: async (asked = {}) =>
        (await firstCheckRateLimit(requestOf(asked), configOf(scope, limit), supabase)).allowed,
      used: null,
      reset: null,
    }),
    roundTrips: () => stack.requests.length,
    kept,
    faults: dataApiFaults(stack),
    readsAddress: true,
    takesCost: false,
    close: async () => {},
  };
}

function dataApiFaults({ faults }: TestStack): StoreFaults {
  const all = { path: "/rest/v1/", times: Number.POSITIVE_INFINITY } satisfies Omit<Fault, "kind">;
  return {
    cut: async () => faults.next({ ...all, kind: "cut-before-forward" }),
    hang: async () => faults.next({ ...all, kind: "hang" }),
    mend: async () => faults.clear(),
  };
}
