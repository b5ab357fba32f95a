/**
 * `npm run bench [-- NAME…]`: runs the benchmarks, prints ratios against baselines of the same run and writes
 * benchmarks/results/NAME.json. Exits 0 also when a bound is missed: a busy machine is no failed build; the table says it.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";
import Table from "cli-table3";
import { adminChain } from "./admin-chain.ts";
import { adminReads } from "./admin-reads.ts";
import { cleanup } from "./cleanup.ts";
import { commandLine } from "./command-line.ts";
import { errorLog } from "./error-log.ts";
import { errors } from "./errors.ts";
import { flakyNetwork } from "./flaky-network.ts";
import { generationInSql } from "./generation-in-sql.ts";
import { generationReads } from "./generation-reads.ts";
import { http } from "./http.ts";
import { jobReads } from "./job-reads.ts";
import { localStart } from "./local-start.ts";
import { type Benchmark, type Comparison, holds } from "./measure.ts";
import { moneyInSql } from "./money-in-sql.ts";
import { rateLimitDataApi } from "./rate-limit-data-api.ts";
import { rateLimitDeadlocks } from "./rate-limit-deadlocks.ts";
import { rateLimitDenyCache } from "./rate-limit-deny-cache.ts";
import { rateLimitExact } from "./rate-limit-exact.ts";
import { rateLimitLog } from "./rate-limit-log.ts";
import { rateLimitSize } from "./rate-limit-size.ts";
import { rateLimitSql } from "./rate-limit-sql.ts";
import { refundOverDataApi } from "./refund-over-data-api.ts";
import { sdkSize } from "./sdk-size.ts";

const benchmarks: readonly Benchmark[] = [
  moneyInSql,
  generationInSql,
  generationReads,
  jobReads,
  refundOverDataApi,
  cleanup,
  commandLine,
  localStart,
  errors,
  errorLog,
  http,
  rateLimitExact,
  rateLimitSql,
  rateLimitDataApi,
  rateLimitDenyCache,
  rateLimitDeadlocks,
  rateLimitSize,
  rateLimitLog,
  adminChain,
  adminReads,
  sdkSize,
  flakyNetwork,
];

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !benchmarks.some((benchmark) => benchmark.name === name));
if (unknown.length > 0) {
  console.error(
    `no benchmark named ${unknown.join(", ")}; there are ${benchmarks.map(({ name }) => name).join(", ")}`,
  );
  process.exit(2);
}

const results = new URL("./results/", import.meta.url);
mkdirSync(results, { recursive: true });
const rows: (Comparison & { benchmark: string })[] = [];
for (const benchmark of benchmarks) {
  if (wanted.length > 0 && !wanted.includes(benchmark.name)) continue;
  console.error(`${benchmark.name} …`);
  const comparisons = await benchmark.run((line) => console.error(`  ${line}`));
  const document = {
    benchmark: benchmark.name,
    measured_at: new Date().toISOString(),
    node: process.version,
    cpus: cpus().length,
    comparisons: comparisons.map((row) => ({ ...row, holds: holds(row) })),
  };
  writeFileSync(new URL(`${benchmark.name}.json`, results), `${JSON.stringify(document, null, 2)}\n`);
  rows.push(...comparisons.map((row) => ({ ...row, benchmark: benchmark.name })));
}

const number = (value: number): string => (value >= 100 ? value.toFixed(0) : value.toPrecision(3));
const table = new Table({
  head: ["what", "measured", "baseline", "ratio", "bound", ""],
  style: { head: [], border: [] },
});
for (const row of rows) {
  const bound =
    row.bound === null ? "" : "atLeast" in row.bound ? `≥ ${row.bound.atLeast}` : `≤ ${row.bound.atMost}`;
  table.push([
    row.what,
    `${number(row.value)} ${row.unit}`,
    `${number(row.baselineValue)} ${row.unit}: ${row.baseline}`,
    `${row.ratio.toFixed(2)}×`,
    bound,
    row.bound === null ? "" : holds(row) ? "holds" : "MISSED",
  ]);
}
console.log(table.toString());
