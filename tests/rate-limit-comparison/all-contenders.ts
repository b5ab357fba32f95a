import { createTestStack, type TestStack } from "@vidops/local/testing";
import { missingRedis } from "../rate-limit-stores/redis-server.ts";
import { type Contender, type Name, names } from "./contenders.ts";
import { openFirst, openOurs } from "./over-data-api.ts";
import { type Express, openExpress } from "./over-memory.ts";
import { openUpstash, type Upstash } from "./over-redis.ts";
import { type Flexible, openFlexible } from "./over-sql.ts";

/** All contenders, over stores that run. */
export interface Contenders {
  readonly stack: TestStack;
  readonly flexible: Flexible;
  readonly express: Express;
  /** Null when there is no Redis here. */
  readonly upstash: Upstash | null;
  readonly byName: Readonly<Record<Name, Contender | null>>;
}

/** Starts what the contenders need. */
export async function openContenders(): Promise<Contenders> {
  const stack = await createTestStack();
  const [flexible, express] = [await openFlexible(stack), openExpress()];
  const upstash = missingRedis === null ? await openUpstash() : null;
  const byName: Record<Name, Contender | null> = {
    checkRateLimit: openOurs(stack),
    "the first function": await openFirst(stack),
    "rate-limiter-flexible": flexible,
    "express-rate-limit": express,
    "@upstash/ratelimit": upstash,
  };
  return { stack, flexible, express, upstash, byName };
}

/** Stops it all. */
export async function closeContenders({ byName, stack }: Contenders): Promise<void> {
  for (const name of names) await byName[name]?.close();
  await stack[Symbol.asyncDispose]();
}
