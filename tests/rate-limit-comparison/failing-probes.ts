import { VidopsError } from "@vidops/core/errors";
import type { TestStack } from "@vidops/local/testing";
import type { Store } from "express-rate-limit";
import { RateLimiterMemory, RLWrapperTimeouts } from "rate-limiter-flexible";
import type { Contenders } from "./all-contenders.ts";
import { type Contender, freshScope, type Name, type StoreFaults } from "./contenders.ts";
import { configOf, ourLimiter, requestOf } from "./over-data-api.ts";

const ten = { max: 10, seconds: 3600 };

async function during<T>(
  faults: StoreFaults | null,
  fault: "cut" | "hang",
  work: () => Promise<T>,
): Promise<T> {
  await faults?.[fault]();
  try {
    return await work();
  } finally {
    await faults?.mend();
  }
}

/** What a promise comes to, and after how many seconds have passed; "waits on" when patience ends before. */
async function outcomeOf(
  work: Promise<unknown>,
  patience = 3_000,
): Promise<{ end: unknown; seconds: number }> {
  const began = performance.now();
  const { promise: tired, resolve } = Promise.withResolvers<string>();
  const timer = setTimeout(resolve, patience, "waits on");
  const end = await Promise.race([work.catch((error: unknown) => error), tired]);
  clearTimeout(timer);
  return { end, seconds: Math.floor((performance.now() - began) / 1000 + 0.1) };
}

/** Which way a limiter of vidops goes, and whether its log was told. */
async function ours(
  stack: TestStack,
  faults: StoreFaults | null,
  fault: "cut" | "hang",
  onStoreFailure: "closed" | "open",
): Promise<{ what: string; seconds: number }> {
  const lines: string[] = [];
  const limiter = ourLimiter(stack, { onStoreFailure, log: (event) => void lines.push(event) });
  const asking = () => outcomeOf(limiter.check(requestOf(), configOf(freshScope(), ten)));
  const { end, seconds } = await during(faults, fault, asking);
  const marked = end instanceof VidopsError ? `refuses (${end.code})` : "admits, marked";
  if (!(end instanceof VidopsError) && (end as { degraded?: unknown }).degraded == null)
    return { what: "admits", seconds };
  return { what: `${marked}${lines.includes("rate_limit_store_failed") ? ", logged" : ""}`, seconds };
}

/** A store of express-rate-limit as it must not be. */
function brokenStore(increment: () => Promise<never>): Store {
  return { increment, decrement: async () => {}, resetKey: async () => {} };
}

async function expressWith(
  { express }: Contenders,
  increment: () => Promise<never>,
  options: { passOnStoreError?: boolean } = {},
): Promise<string> {
  const lines: unknown[] = [];
  const logger = { warn: () => {}, error: (...line: unknown[]) => void lines.push(line) };
  const store = brokenStore(increment);
  const { ask } = await express.serve([{ ...ten, ...options, store, logger, validate: false }]);
  const { end } = await outcomeOf(ask());
  if (end === "waits on") return end;
  const logged = lines.length > 0 ? ", logged" : "";
  return (end as Response).ok ? `admits${logged}` : `refuses (${(end as Response).status})${logged}`;
}

const down = async (): Promise<never> => {
  throw new Error("down");
};

type Found = (contenders: Contenders, contender: Contender) => Promise<string>;

/** What becomes of a request when the store fails, as each is told to handle it. */
export const failingProbes: Readonly<Record<string, Readonly<Record<Name, Found | null>>>> = {
  "the store is down": {
    checkRateLimit: async ({ stack }, { faults }) => {
      const [closed, open] = [
        await ours(stack, faults, "cut", "closed"),
        await ours(stack, faults, "cut", "open"),
      ];
      return `${closed.what}; \`open\`: ${open.what}`;
    },
    "the first function": async ({ stack }, { limiter, faults }) => {
      const process = await limiter(freshScope(), ten);
      const { end, seconds } = await during(faults, "cut", () => outcomeOf(process.ask(), 20_000));
      const scope = freshScope();
      await stack.sql`revoke insert on first_rate_limit_log from service_role`;
      const uncounted = await (await limiter(scope, ten)).ask();
      await stack.sql`grant insert on first_rate_limit_log to service_role`;
      const written = uncounted ? "admits, silently" : "denies";
      return `${typeof end === "object" ? "throws" : end}, after ${seconds} s of retries; if only writing fails: ${written}`;
    },
    "rate-limiter-flexible": async ({ flexible }, { faults }) => {
      const store = await flexible.store(freshScope(), ten);
      const insuranceLimiter = new RateLimiterMemory({ points: 10, duration: 3600 });
      const insured = await flexible.store(freshScope(), ten, { insuranceLimiter });
      return during(faults, "cut", async () => {
        const { end } = await outcomeOf(store.consume("a"));
        const { end: other } = await outcomeOf(insured.consume("a"));
        const counted = (other as { consumedPoints?: number }).consumedPoints === 1;
        return `${end instanceof Error ? "throws" : end}; or ${counted ? "counts" : "does not count"} elsewhere, \`insuranceLimiter\``;
      });
    },
    "express-rate-limit": async (contenders) =>
      `${await expressWith(contenders, down)}; \`passOnStoreError\`: ${await expressWith(contenders, down, { passOnStoreError: true })}`,
    "@upstash/ratelimit": async (_, { limiter, faults }) => {
      const process = await limiter(freshScope(), ten);
      const { end, seconds } = await during(faults, "cut", () => outcomeOf(process.ask(), 8_000));
      return `${end instanceof Error ? "throws" : `admits: ${end}`}, after ${seconds} s of retries`;
    },
  },
  "the store never answers": {
    checkRateLimit: async ({ stack }, { faults }) => {
      const { what, seconds } = await ours(stack, faults, "hang", "closed");
      return `after ${seconds} s: ${what}`;
    },
    "the first function": async (_, { limiter, faults }) => {
      const process = await limiter(freshScope(), ten);
      return String((await during(faults, "hang", () => outcomeOf(process.ask()))).end);
    },
    "rate-limiter-flexible": async ({ flexible }, { faults }) => {
      const store = await flexible.store(freshScope(), ten);
      const bounded = new RLWrapperTimeouts({ limiter: store, timeoutMs: 1_000 });
      return during(faults, "hang", async () => {
        const [plain, wrapped] = await Promise.all([
          outcomeOf(store.consume("a")),
          outcomeOf(bounded.consume("a")),
        ]);
        return `${plain.end}; \`RLWrapperTimeouts\`: ${wrapped.end instanceof Error ? "throws" : wrapped.end} after ${wrapped.seconds} s`;
      });
    },
    "express-rate-limit": (contenders) => expressWith(contenders, () => new Promise(() => {})),
    "@upstash/ratelimit": async ({ upstash }, { faults }) => {
      if (upstash === null) throw new Error("There is no Redis.");
      const limiter = upstash.make(freshScope(), ten);
      const { end, seconds } = await during(faults, "hang", () => outcomeOf(limiter.limit("a"), 8_000));
      const { success, reason } = end as { success?: boolean; reason?: string };
      return `${success ? "admits" : "denies"} after ${seconds} s, \`reason: "${reason}"\``;
    },
  },
};
