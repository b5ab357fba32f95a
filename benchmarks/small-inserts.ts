/** A worker thread that writes one small row after another until told to stop, so that no other work of the benchmark delays it. */
import { performance } from "node:perf_hooks";
import { setTimeout as sleep } from "node:timers/promises";
import { parentPort, workerData } from "node:worker_threads";
import postgres from "postgres";

const sql = postgres((workerData as { dbUrl: string }).dbUrl, { max: 1, onnotice: () => {} });
const times: number[] = [];
let stopped = false;
parentPort?.once("message", () => {
  stopped = true;
});
while (!stopped) {
  const started = performance.now();
  await sql`insert into public.rate_limit_log (ip_address, action) values ('203.0.113.1', 'video_generation')`;
  times.push(performance.now() - started);
  await sleep(1);
}
await sql.end();
parentPort?.postMessage(times);
