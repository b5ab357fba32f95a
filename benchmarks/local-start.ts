import { spawn } from "node:child_process";
import { once } from "node:events";
import { performance } from "node:perf_hooks";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { type Benchmark, compare, median } from "./measure.ts";

const bin = fileURLToPath(new URL("../packages/cli/dist/vidops.js", import.meta.url));
const budget = 6000;

/** `vidops local start` to its line of JSON, from nothing: initdb, Postgres, migrations, PostgREST, Auth, gateway. */
export const localStart: Benchmark = {
  name: "local-start",
  async run(say) {
    say("5 starts");
    const times: number[] = [];
    for (let run = 0; run < 5; run++) {
      const started = performance.now();
      const child = spawn(
        process.execPath,
        [bin, "local", "start", "--ephemeral", "--seed", "none", "--port", "0", "--db-port", "0", "--json"],
        { stdio: ["ignore", "pipe", "inherit"] },
      );
      const exited = once(child, "exit");
      const [line] = (await once(createInterface(child.stdout), "line")) as [string];
      times.push(performance.now() - started);
      if (JSON.parse(line).ok !== true) throw new Error(line);
      child.kill("SIGTERM");
      await exited;
    }
    return [
      compare({
        ...{ what: "local start --ephemeral --seed none, to ready", unit: "ms", value: median(times) },
        ...{ baseline: "the budget", baselineValue: budget, bound: { atMost: 1 } },
      }),
    ];
  },
};
