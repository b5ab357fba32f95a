/** A worker thread that makes one check after another until told to stop, so that no other work of the benchmark delays it. */
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
  const ip = `11.9.${Math.floor(Math.random() * 256)}.${Math.floor(Math.random() * 256)}`;
  const started = performance.now();
  await sql`select public.check_rate_limit(${ip}, 'video_generation', 100, 3600, p_wait_for_disk => false)`;
  times.push(performance.now() - started);
  await sleep(1);
}
await sql.end();
parentPort?.postMessage(times);
