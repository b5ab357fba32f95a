import { execFile } from "node:child_process";
import { getEventListeners } from "node:events";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { fetchWithRetry } from "@vidops/core/http";
import { contenders } from "./http-contenders.ts";
import type { Comparison } from "./measure.ts";

const url = "https://api.example.com/videos/1";
const OURS = "fetchWithRetry";
const program = fileURLToPath(new URL("./http-time-process.ts", import.meta.url));

/** What a contender adds to a fetch that answers at once, in µs, by case. */
async function added(name: string): Promise<Record<string, number>> {
  const { stdout } = await promisify(execFile)(process.execPath, [...process.execArgv, program, name]);
  return JSON.parse(stdout);
}

function addedRows(what: string, times: Readonly<Record<string, number>>): Comparison[] {
  const value = times[OURS] ?? Number.NaN;
  const row = (baseline: string, baselineValue: number, bound: Comparison["bound"]): Comparison => ({
    what: `${what}: added to fetch`,
    unit: "µs",
    value,
    baseline,
    baselineValue,
    ratio: value / baselineValue,
    bound,
  });
  const others = Object.entries(times).filter(([name]) => name !== OURS);
  return [
    row("allowed", 10, { atMost: 1 }),
    ...others.map(([name, time]) =>
      row(name, time, name === "ky" || name === "ofetch" ? { atMost: 1 } : null),
    ),
  ];
}

/** Timers and listeners that are there after 10,000 calls and were not before. */
async function leftBehind(): Promise<Comparison[]> {
  const timers = (): number => process.getActiveResourcesInfo().filter((kind) => kind === "Timeout").length;
  const { signal } = new AbortController();
  const before = timers();
  // One call in ten is answered with 503 first: retries leave nothing either.
  let calls = 0;
  const fetch = async (): Promise<Response> => new Response(null, { status: calls++ % 11 === 0 ? 503 : 200 });
  const config = { fetch, initialDelay: 0 };
  for (let call = 0; call < 10_000; call++) await fetchWithRetry(url, { signal }, config);
  const row = (what: string, left: number): Comparison => ({
    what: `${what} left after 10,000 calls on one signal`,
    unit: "",
    value: left,
    baseline: "allowed",
    baselineValue: 0,
    ratio: left,
    bound: { atMost: 0 },
  });
  return [row("timers", timers() - before), row("listeners", getEventListeners(signal, "abort").length)];
}

/** What `fetchWithRetry` costs where nothing goes wrong. */
export async function timeComparisons(say: (line: string) => void): Promise<Comparison[]> {
  const times: Record<string, Record<string, number>> = {};
  for (const name of Object.keys(contenders(fetch))) {
    times[name] = await added(name);
    const figures = Object.entries(times[name]).map(([what, time]) => `${what} ${time.toFixed(2)} µs`);
    say(`added to fetch by ${name}: ${figures.join(", ")}`);
  }
  const comparisons = Object.keys(times[OURS] ?? {}).flatMap((what) =>
    addedRows(
      what,
      Object.fromEntries(Object.entries(times).map(([name, time]) => [name, time[what] ?? Number.NaN])),
    ),
  );
  return [...comparisons, ...(await leftBehind())];
}
