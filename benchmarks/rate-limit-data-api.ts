import { createDatabase } from "@vidops/core/database";
import { checkRateLimit, createRateLimiter } from "@vidops/core/rate-limit";
import { startLocal } from "@vidops/local";
import { type Benchmark, type Comparison, compare, inTurn, throughput } from "./measure.ts";
import { action, address, firstLimiter, openPool, requestFrom } from "./rate-limit-contenders.ts";

const callers = 8;
const milliseconds = 1500;
const rounds = 5;
const keys = 20_000;
const limit = 10;

const emptyFunction = `
  create function public.empty_function() returns jsonb language sql stable as $$ select '{}'::jsonb $$;
  grant execute on function public.empty_function() to service_role;`;

/**
 * checkRateLimit without its memory of denials, against the function it took the place of, both through the gateway and the Data API.
 * Rows without a bound say what an empty function gets, which is the most that one request can, and what checkRateLimit gets as it
 * comes, with its memory.
 */
export const rateLimitDataApi: Benchmark = {
  name: "rate-limit-data-api",
  async run(say) {
    await using stack = await startLocal({ port: 0, dbPort: 0, ephemeral: true });
    const pool = openPool(stack.dbUrl, 1);
    try {
      const config = { action, maxRequests: limit, windowMinutes: 60 };
      const db = createDatabase({ url: stack.url, key: stack.secretKey });
      const options = { trust: { hops: 1 }, timeoutMs: 60_000 };
      const limiter = createRateLimiter({ db, denyCache: false, ...options });
      const ours = async (ip: string) => (await limiter.check(requestFrom(ip), config)).allowed;
      const remembering = async (ip: string) =>
        (await checkRateLimit(requestFrom(ip), { ...config, ...options }, db)).allowed;
      await pool.query(emptyFunction);
      const first = await firstLimiter(stack, pool, config);
      const anyKey = (): string => address(Math.floor(Math.random() * keys));
      const hot = address(keys);
      for (let time = 0; time < limit; time++) {
        await ours(hot);
        await first(hot);
      }
      if ((await ours(hot)) || (await first(hot))) throw new Error("the hot key is not denied");

      const [asked, admitted] = [
        { ours: 0, first: 0 },
        { ours: 0, first: 0 },
      ];
      const count = async (who: "ours" | "first", answer: Promise<boolean>) => {
        asked[who] += 1;
        if (await answer) admitted[who] += 1;
      };
      const at = (work: () => Promise<unknown>) => () => throughput(callers, milliseconds, work);
      say(
        `${callers} callers at once, ${rounds} rounds of ${milliseconds} ms each, ${keys} keys of ${limit} an hour`,
      );
      const speed = await inTurn(rounds, {
        first: at(() => count("first", first(anyKey()))),
        ours: at(() => count("ours", ours(anyKey()))),
        firstDenied: at(() => first(hot)),
        oursDenied: at(() => ours(hot)),
        empty: at(async () => db.rpc("empty_function", {})),
        remembered: at(() => remembering(hot)),
      });
      const share = (who: "ours" | "first"): string => ((100 * admitted[who]) / asked[who]).toFixed(1);
      say(`admitted on spread keys: ours ${share("ours")} %, the seed's ${share("first")} %`);
      const row = (
        what: string,
        value: number,
        baselineValue: number,
        bound: Comparison["bound"],
      ): Comparison =>
        compare({ what, unit: "checks/s", value, baseline: "the seed's function", baselineValue, bound });
      const denied = "check over the Data API, one hot denied key";
      return [
        row("check over the Data API, spread keys", speed.ours, speed.first, { atLeast: 2 }),
        row(denied, speed.oursDenied, speed.firstDenied, { atLeast: 3 }),
        row(`${denied}, with the deny cache`, speed.remembered, speed.firstDenied, null),
        row("an empty function over the Data API", speed.empty, speed.firstDenied, null),
      ];
    } finally {
      await pool.end();
    }
  },
};
