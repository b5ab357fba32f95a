import { createDatabase } from "@vidops/core/database";
import { createRateLimiter } from "@vidops/core/rate-limit";
import { startLocal } from "@vidops/local";
import { type Benchmark, type Comparison, compare } from "./measure.ts";
import { action, address, check, firstLimiter, openPool, requestFrom } from "./rate-limit-contenders.ts";
import { simulate } from "./rate-limit-simulation.ts";

const limit = 10;
const repetitions = 100;
const firstRepetitions = 10;

/** How many a limit of 10 admits of many calls at once, and in any window of a million calls at the worst of times. */
export const rateLimitExact: Benchmark = {
  name: "rate-limit-exact",
  async run(say) {
    await using stack = await startLocal({ port: 0, dbPort: 0, ephemeral: true });
    // As many connections as the stack's database has to give; what calls more at once waits for one.
    const pool = openPool(stack.dbUrl, 64);
    try {
      const limiter = createRateLimiter({
        db: createDatabase({ url: stack.url, key: stack.secretKey }),
        // What is counted here are the database's decisions, however long the last of 192 has to wait.
        ...{ trust: { hops: 1 }, denyCache: false, timeoutMs: 60_000 },
      });
      const hour = { action, maxRequests: limit, windowMinutes: 60 };
      const ways = {
        "straight SQL": (ip: string) => check(pool, ip, limit),
        "the Data API": async (ip: string) => (await limiter.check(requestFrom(ip), hour)).allowed,
      };
      const first = await firstLimiter(stack, pool, hour);

      const rows: Comparison[] = [];
      let key = 0;
      for (const atOnce of [64, 192]) {
        const firstAdmitted = await admitted(firstRepetitions, atOnce, first, () => address(key++));
        say(
          `${atOnce} calls at once, limit ${limit}: the seed's function admitted ${Math.min(...firstAdmitted)} to ${Math.max(...firstAdmitted)}`,
        );
        let most = 0;
        for (const [way, call] of Object.entries(ways)) {
          const counts = await admitted(repetitions, atOnce, call, () => address(key++));
          const wrong = counts.filter((count) => count !== limit).length;
          most = Math.max(most, ...counts);
          say(
            `${atOnce} calls at once over ${way}, ${repetitions} times: ${Math.min(...counts)} to ${Math.max(...counts)} admitted`,
          );
          rows.push({
            what: `times of ${repetitions} that not exactly ${limit} of ${atOnce} calls at once were admitted, ${way}`,
            ...{ unit: "times", value: wrong, ratio: wrong, bound: { atMost: 0 } },
            baseline: `the seed's function, of ${firstRepetitions}`,
            baselineValue: firstAdmitted.filter((count) => count !== limit).length,
          });
        }
        rows.push(
          compare({
            what: `admitted of ${atOnce} calls at once, limit ${limit}, at worst`,
            ...{ unit: "calls", value: most, bound: null },
            ...{ baseline: "the seed's function", baselineValue: Math.max(...firstAdmitted) },
          }),
        );
      }
      return [...rows, ...(await simulate(stack.dbUrl, say))];
    } finally {
      await pool.end();
    }
  },
};

async function admitted(
  times: number,
  atOnce: number,
  call: (ip: string) => Promise<boolean>,
  anyKey: () => string,
): Promise<number[]> {
  const counts: number[] = [];
  for (let time = 0; time < times; time++) {
    const key = anyKey();
    const answers = await Promise.all(Array.from({ length: atOnce }, () => call(key)));
    counts.push(answers.filter(Boolean).length);
  }
  return counts;
}
