import { startLocal } from "@vidops/local";
import { type Benchmark, type Comparison, compare, inTurn, throughput } from "./measure.ts";
import { address, check, flexible, openPool } from "./rate-limit-contenders.ts";

const connections = 8;
const milliseconds = 1500;
const rounds = 5;
const keys = 20_000;

/**
 * Straight SQL against the Postgres store of rate-limiter-flexible: the same client, the same pool, statements prepared by name.
 * Ours does not wait for the disk, as the product's store does not: rows say what that is worth to either.
 */
export const rateLimitSql: Benchmark = {
  name: "rate-limit-sql",
  async run(say) {
    await using stack = await startLocal({ port: 0, dbPort: 0, ephemeral: true });
    const pool = openPool(stack.dbUrl, connections);
    const hasty = openPool(stack.dbUrl, connections, "-c synchronous_commit=off");
    try {
      // 100 an hour, which no key of the many reaches; more would be counted in hundredths of the window, in less space.
      const often = 100;
      const theirs = await flexible(pool, often);
      const theirsHasty = await flexible(hasty, often);
      const theirsOfTen = await flexible(pool, 10);
      const theirsOfMany = await flexible(pool, 1_000_000_000);
      const anyKey = (): string => address(Math.floor(Math.random() * keys));
      let [asked, admitted] = [0, 0];
      const count = async (answer: Promise<boolean>) => {
        asked += 1;
        if (await answer) admitted += 1;
      };
      // Both start from keys that they know, so that none measures its first insert.
      for (let from = 0; from < keys; from += 500) {
        const some = Array.from({ length: 500 }, (_, index) => address(from + index));
        await Promise.all(some.flatMap((key) => [theirs(key), check(pool, key, often)]));
      }
      for (let time = 0; time < 12; time++) {
        await theirsOfTen("hot");
        await check(pool, address(keys), 10);
      }
      if ((await theirsOfTen("hot")) || (await check(pool, address(keys), 10)))
        throw new Error("the hot key is not denied");

      const at = (work: () => Promise<unknown>) => () => throughput(connections, milliseconds, work);
      say(
        `${connections} connections, ${rounds} rounds of ${milliseconds} ms each, fsync on, ${keys} keys of ${often} an hour`,
      );
      const speed = await inTurn(rounds, {
        flexible: at(() => count(theirs(anyKey()))),
        ours: at(() => count(check(pool, anyKey(), often))),
        flexibleHasty: at(() => count(theirsHasty(anyKey()))),
        oursWaiting: at(() => count(check(pool, anyKey(), often, { waitForDisk: true }))),
        flexibleDenied: at(() => theirsOfTen("hot")),
        oursDenied: at(() => check(pool, address(keys), 10)),
        flexibleHot: at(() => theirsOfMany("hot")),
        oursHot: at(() => check(pool, address(keys + 1), 1_000_000_000)),
      });
      say(`${((100 * admitted) / asked).toFixed(2)} % of the checks on spread keys were admitted`);
      say(
        `a second: ${Object.entries(speed)
          .map(([name, value]) => `${name} ${value.toFixed(0)}`)
          .join(", ")}`,
      );
      const row = (
        ...[what, value, baseline, baselineValue, bound]: [
          string,
          number,
          string,
          number,
          Comparison["bound"],
        ]
      ): Comparison => compare({ what, unit: "checks/s", value, baseline, baselineValue, bound });
      const library = "rate-limiter-flexible";
      return [
        row("check in SQL, spread keys", speed.ours, library, speed.flexible, { atLeast: 0.9 }),
        row("check in SQL, one hot denied key", speed.oursDenied, library, speed.flexibleDenied, {
          atLeast: 5,
        }),
        row("check in SQL, one hot key that is admitted", speed.oursHot, library, speed.flexibleHot, null),
        row(
          "check in SQL that waits for the disk, spread keys",
          speed.oursWaiting,
          library,
          speed.flexible,
          null,
        ),
        row(
          "check in SQL, spread keys",
          speed.ours,
          `${library} with synchronous_commit off`,
          speed.flexibleHasty,
          null,
        ),
      ];
    } finally {
      await Promise.all([pool.end(), hasty.end()]);
    }
  },
};
