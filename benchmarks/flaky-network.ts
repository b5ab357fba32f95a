import { stopTestServer } from "@vidops/local/testing";
import { generateThrough } from "../tests/flaky-network/generate-through.ts";
import { type Benchmark, compare } from "./measure.ts";

const generations = 1_000;

/** A thousand generations by real clients over a network that loses, cuts, repeats and delays: what is wrong with the books after it. */
export const flakyNetwork: Benchmark = {
  name: "flaky-network",
  async run(say) {
    const seed = Date.now() % 1_000_000;
    const found = await generateThrough(generations, seed);
    await stopTestServer();
    const { delivered = 0, ...mishaps } = found.fates;
    say(
      `seed ${seed}, ${found.seconds.toFixed(0)} s, ${delivered} requests delivered, ${JSON.stringify(mishaps)}`,
    );
    const row = (what: string, value: number) =>
      compare({
        ...{ what, unit: "generations", value, baseline: "asked for", baselineValue: generations },
        bound: { atLeast: 1 },
      });
    const wrong = (what: string, value: number) =>
      compare({
        what,
        unit: "",
        value,
        baseline: "asked for",
        baselineValue: generations,
        bound: { atMost: 0 },
      });
    return [
      row("flaky network: one job for a key", found.jobs["1"] ?? 0),
      row("flaky network: charged once", found.charges["4"] ?? 0),
      row("flaky network: submitted once to the provider", found.submits["1"] ?? 0),
      row("flaky network: delivered to who asked", found.delivered),
      wrong("flaky network: ledgers that do not add up", found.drifted),
      wrong(
        "flaky network: credits that are missing or too many",
        Math.abs(found.balance - found.expectedBalance),
      ),
    ];
  },
};
