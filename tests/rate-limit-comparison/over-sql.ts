import type { TestStack } from "@vidops/local/testing";
import pg from "pg";
import { type IRateLimiterStoreOptions, RateLimiterPostgres, RateLimiterRes } from "rate-limiter-flexible";
import { openUnsteadyWay } from "../rate-limit-stores/unsteady-way.ts";
import { type Contender, client, type Limit } from "./contenders.ts";

/** rate-limiter-flexible over Postgres, and how to make more of it. */
export interface Flexible extends Contender {
  store(
    scope: string,
    limit: Limit,
    options?: Pick<IRateLimiterStoreOptions, "inMemoryBlockOnConsumed" | "insuranceLimiter">,
  ): Promise<RateLimiterPostgres>;
}

/** True when it was admitted; rejects with what is no denial. */
export async function consumed(consuming: Promise<unknown>): Promise<boolean> {
  try {
    await consuming;
    return true;
  } catch (thrown) {
    if (thrown instanceof RateLimiterRes) return false;
    throw thrown;
  }
}

/** The store over a pool of pg, through a way that can be cut; one table for all scopes. */
export async function openFlexible(stack: TestStack): Promise<Flexible> {
  const way = await openUnsteadyWay({ url: stack.dbUrl });
  const url = new URL(stack.dbUrl);
  url.host = new URL(way.url).host;
  const pool = new pg.Pool({ connectionString: url.href, max: 16 });
  // The pool throws when a connection breaks that nobody uses.
  pool.on("error", () => {});
  let [trips, blocked] = [0, false];
  const counting = {
    query: (query: pg.QueryConfig) => {
      trips += 1;
      return pool.query(query);
    },
  };
  const tableName = "flexible_limits";
  const store: Flexible["store"] = (scope, { max, seconds }, options = {}) =>
    new Promise((resolve, reject) => {
      const made: RateLimiterPostgres = new RateLimiterPostgres(
        {
          storeClient: counting,
          storeType: "pool",
          tableName,
          keyPrefix: scope,
          points: max,
          duration: seconds,
          ...options,
        },
        (error?: Error) => (error ? reject(error) : resolve(made)),
      );
    });
  // Two that make the table at once may fail.
  await store("first", { max: 1, seconds: 1 });
  return {
    store,
    limiter: async (scope, limit) => {
      const limiter = await store(scope, limit);
      return {
        ask: ({ from = client, cost } = {}) => consumed(limiter.consume(from, cost)),
        used: async () => (await limiter.get(client))?.consumedPoints ?? 0,
        reset: () => limiter.delete(client),
      };
    },
    roundTrips: () => trips,
    kept: async (scope) => {
      const [row] = await stack.sql`
        select count(*)::int as kept from flexible_limits where key like ${`${scope}:%`}`;
      return row?.kept;
    },
    faults: {
      cut: () => way.cut(),
      hang: async () => {
        blocked = true;
        way.block(true);
      },
      // An answer that was held back is lost: its connection is of no more use.
      mend: async () => {
        if (blocked) await way.cut();
        blocked = false;
        way.block(false);
        await way.mend();
      },
    },
    readsAddress: false,
    takesCost: true,
    close: async () => {
      await way.close();
      await pool.end();
    },
  };
}
