import { performance } from "node:perf_hooks";
import { createDatabase } from "@vidops/core/database";
import { checkRateLimit } from "@vidops/core/rate-limit";
import { startLocal } from "@vidops/local";
import { type Benchmark, median } from "./measure.ts";
import { action, address, requestFrom } from "./rate-limit-contenders.ts";

const clients = 1000;
const rounds = 5;
const calls = 200_000;
/** Microseconds that a call may take. */
const bound = 5;

/** A client that was denied and keeps on asking: what a call costs, from the request to the decision, and what is sent. */
export const rateLimitDenyCache: Benchmark = {
  name: "rate-limit-deny-cache",
  async run(say) {
    await using stack = await startLocal({ port: 0, dbPort: 0, ephemeral: true });
    let sent = 0;
    const db = createDatabase({
      ...{ url: stack.url, key: stack.secretKey },
      fetch: (input, init) => {
        sent += 1;
        return fetch(input, init);
      },
    });
    // A limit of an hour: memory answers for ten seconds of it, and is asked for less than that.
    const config = {
      action,
      maxRequests: 1,
      windowMinutes: 60,
      trust: "cloudflare",
      timeoutMs: 60_000,
    } as const;
    const requests = Array.from({ length: clients }, (_, index) => requestFrom(address(index)));
    const ask = (index: number) => checkRateLimit(requests[index % clients] as Request, config, db);

    const [times, asked] = [[] as number[], [] as number[]];
    for (let round = 1; round <= rounds; round++) {
      // What was remembered in the round before may be over: ask again, for each client, until it is denied.
      const started = performance.now();
      const before = sent;
      for (let index = 0; index < clients; index += 50) {
        await Promise.all(
          Array.from({ length: 50 }, async (_, offset) => {
            while ((await ask(index + offset)).allowed);
          }),
        );
      }
      if (sent > before) asked.push(((performance.now() - started) * 1000) / (sent - before));
      const sentBefore = sent;
      const measured = performance.now();
      for (let index = 0; index < calls; index++) {
        const decision = await ask(index);
        if (decision.allowed) throw new Error("a denied client was admitted");
      }
      times.push(((performance.now() - measured) * 1000) / calls);
      if (sent !== sentBefore) throw new Error(`${sent - sentBefore} requests were sent for denied clients`);
    }
    say(`${rounds} rounds of ${calls} calls by ${clients} denied clients; requests sent meanwhile: 0`);
    return [
      {
        ...{ what: "a denied client answered from memory (ratio: µs)", unit: "µs", value: median(times) },
        ...{ baseline: "asking the database, 50 at once", baselineValue: median(asked) },
        ...{ ratio: median(times), bound: { atMost: bound } },
      },
    ];
  },
};
