import { setTimeout as sleep } from "node:timers/promises";
import { createClient } from "@supabase/supabase-js";
import type { LocalStack } from "@vidops/local";
import pg from "pg";
import { RateLimiterPostgres, RateLimiterRes } from "rate-limiter-flexible";
import {
  type FirstRateLimitConfig,
  firstCheckRateLimit,
  firstRateLimitSchema,
} from "./first-rate-limiter.ts";

/** What every check here limits. */
export const action = "video_generation";

/** The address of that number, 0 to 16 million; private ones would count as unknown. */
export function address(index: number): string {
  return `11.${(index >> 16) & 255}.${(index >> 8) & 255}.${index & 255}`;
}

/** A request that came from an address, as it arrives behind the proxy that both functions were told to believe. */
export function requestFrom(ip: string): Request {
  return new Request("https://app.example/generate", {
    method: "POST",
    headers: { "x-forwarded-for": ip, "cf-connecting-ip": ip },
  });
}

/** Straight SQL: the client of rate-limiter-flexible, for both, with `statements` prepared by name. */
export function openPool(dbUrl: string, max: number, settings = ""): pg.Pool {
  return new pg.Pool({ connectionString: dbUrl, max, options: settings });
}

/** One check of ours; true when it was admitted. It waits for the disk when told to; the stores of the product do not. */
export async function check(
  client: pg.Pool,
  ip: string,
  maxRequests: number,
  { waitForDisk = false, windowSeconds = 3600 } = {},
): Promise<boolean> {
  const { rows } = await client.query({
    name: "check_rate_limit",
    text: "select public.check_rate_limit($1, $2, $3, $4, p_wait_for_disk => $5) as answer",
    values: [ip, action, maxRequests, windowSeconds, waitForDisk],
  });
  return rows[0].answer.allowed;
}

/** The store of rate-limiter-flexible over the same pool: a fixed window of an hour; true when it admitted. */
export async function flexible(client: pg.Pool, points: number): Promise<(key: string) => Promise<boolean>> {
  const limiter = await new Promise<RateLimiterPostgres>((resolve, reject) => {
    const made: RateLimiterPostgres = new RateLimiterPostgres(
      {
        ...{ storeClient: client, storeType: "client", points, duration: 3600 },
        ...{ tableName: "rate_limiter_flexible", keyPrefix: String(points), clearExpiredByTimeout: false },
      },
      (error?: Error) => (error ? reject(error) : resolve(made)),
    );
  });
  return async (key) => {
    try {
      await limiter.consume(key);
      return true;
    } catch (refused) {
      if (refused instanceof RateLimiterRes) return false;
      throw refused;
    }
  };
}

/** The seed's function over the stack's Data API, with a table of its own; true when it admitted. */
export async function firstLimiter(
  stack: LocalStack,
  pool: pg.Pool,
  config: FirstRateLimitConfig,
): Promise<(ip: string) => Promise<boolean>> {
  await pool.query(firstRateLimitSchema);
  const supabase = createClient(stack.url, stack.secretKey, { auth: { persistSession: false } });
  // The Data API hears of a new table a moment later; until then the function would admit all, for it looks at no error of its insert.
  for (let tries = 1; ; tries++) {
    const { error } = await supabase
      .from("first_rate_limit_log")
      .insert({ ip_address: "203.0.113.1", action: config.action });
    if (error === null) break;
    if (tries === 50) throw error;
    await sleep(100);
  }
  return async (ip) => (await firstCheckRateLimit(requestFrom(ip), config, supabase)).allowed;
}
