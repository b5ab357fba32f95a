import { performance } from "node:perf_hooks";
import { createErrorResponse, formatMessage, languages, negotiateLanguage } from "@vidops/core/errors";
import Negotiator from "negotiator";
import { bundleSize, errorBundles } from "./bundle-size.ts";
import { firstErrorResponse, firstLanguage, firstMessage } from "./first-error-response.ts";
import { hostileHeaders } from "./hostile-headers.ts";
import { type Benchmark, type Comparison, compare, inTurn, median } from "./measure.ts";

const variables = { required: 4, available: 2 };
const details = { retry_after: 30, job_id: "0f8fad5b-d9cb-469f-a165-70867728950e" };
const browser = "tr-TR,tr;q=0.9,en;q=0.8";

/**
 * Microseconds of CPU that one call takes, over a tenth of a second of calls. CPU time: what else runs on the machine
 * counts little. After each batch the event loop turns, as it does between two requests of a server; without that,
 * what responses leave to be done would pile up and be counted to whoever comes next.
 */
async function microseconds(work: () => unknown): Promise<number> {
  const started = process.cpuUsage();
  const until = performance.now() + 100;
  let calls = 0;
  while (performance.now() < until) {
    for (let batch = 0; batch < 500; batch++) work();
    calls += 500;
    await new Promise((resolve) => setImmediate(resolve));
  }
  const { user, system } = process.cpuUsage(started);
  return (user + system) / calls;
}

const eachCall = <Name extends string>(
  work: Readonly<Record<Name, () => unknown>>,
): Promise<Record<Name, number>> =>
  inTurn(
    15,
    Object.fromEntries(
      Object.entries<() => unknown>(work).map(([name, call]) => [name, () => microseconds(call)]),
    ) as Record<Name, () => Promise<number>>,
  );

/** A response with the given headers and nothing else to do: what the platform itself takes. */
const bare = (headers: Readonly<Record<string, string>>): Response =>
  new Response('{"error":{}}', { status: 402, headers: { ...headers } });

async function responses(say: (line: string) => void): Promise<Comparison[]> {
  const ourHeaders = Object.fromEntries(
    createErrorResponse({ code: "ERR_4001", language: "tr", variables }).headers,
  );
  const request = new Request("https://app.example/", { headers: { "Accept-Language": browser } });
  say("15 rounds of each way to answer, in turn");
  const time = await eachCall({
    first: () => firstErrorResponse({ code: "ERR_4001", language: "tr", variables }),
    ours: () => createErrorResponse({ code: "ERR_4001", language: "tr", variables }),
    firstWithDetails: () => firstErrorResponse({ code: "ERR_4001", language: "tr", variables, details }),
    oursWithDetails: () => createErrorResponse({ code: "ERR_4001", language: "tr", variables, details }),
    firstFromHeader: () =>
      firstErrorResponse({ code: "ERR_4001", language: firstLanguage(request), variables }),
    oursFromHeader: () => createErrorResponse({ code: "ERR_4001", request, variables }),
    firstMessage: () => firstMessage("ERR_4001", "tr", variables),
    ourMessage: () => formatMessage("ERR_4001", "tr", variables),
    firstHeaders: () => bare({ "content-type": "application/json" }),
    ourHeaders: () => bare(ourHeaders),
  });
  const speed = (what: string, ours: number, first: number, atLeast: number | null): Comparison =>
    compare({
      what,
      unit: "a second",
      value: 1_000_000 / ours,
      baseline: "the function it replaces",
      baselineValue: 1_000_000 / first,
      bound: atLeast === null ? null : { atLeast },
    });
  const part = (what: string, value: number, baselineValue: number, baseline: string): Comparison =>
    compare({ what, unit: "µs", value, baseline, baselineValue, bound: null });
  return [
    speed("createErrorResponse", time.ours, time.first, 0.7),
    speed("the same with details", time.oursWithDetails, time.firstWithDetails, null),
    speed("the same, language from the request", time.oursFromHeader, time.firstFromHeader, null),
    part("  of it: the message", time.ourMessage, time.firstMessage, "String.replace"),
    part(
      `  of it: new Response, ${Object.keys(ourHeaders).length} headers`,
      time.ourHeaders,
      time.firstHeaders,
      "new Response, 1 header",
    ),
    part(
      "  of it: all else",
      Math.max(0, time.ours - time.ourMessage - time.ourHeaders),
      Math.max(0.01, time.first - time.firstMessage - time.firstHeaders),
      "the function it replaces",
    ),
  ];
}

/** The middle time in milliseconds of a call with the header that takes longest. */
function slowest(work: (header: string) => unknown): { name: string; time: number } {
  const times = Object.entries(hostileHeaders).map(([name, header]) => {
    const runs = Array.from({ length: 15 }, () => {
      const started = performance.now();
      work(header);
      return performance.now() - started;
    });
    return { name, time: median(runs) };
  });
  return times.reduce((worst, one) => (one.time > worst.time ? one : worst));
}

function negotiation(say: (line: string) => void): Comparison[] {
  say(`${Object.keys(hostileHeaders).length} hostile headers`);
  const ours = slowest((header) => negotiateLanguage(header));
  const theirs = slowest((header) =>
    new Negotiator({ headers: { "accept-language": header } }).language([...languages]),
  );
  return [
    compare({
      what: `100 kB of Accept-Language: ${ours.name}`,
      unit: "ms",
      value: ours.time,
      baseline: "allowed",
      baselineValue: 1,
      bound: { atMost: 1 },
    }),
    compare({
      what: "the slowest for each",
      unit: "ms",
      value: ours.time,
      baseline: `negotiator, ${theirs.name}`,
      baselineValue: theirs.time,
      bound: null,
    }),
  ];
}

async function bundles(): Promise<Comparison[]> {
  const withOwnCodes = `${errorBundles["everything, in three languages"]?.source} export * from "@vidops/core/error-definitions";`;
  const row = async (what: string, source: string, allowed: number, bound: Comparison["bound"]) =>
    compare({
      what: `in a browser: ${what}`,
      unit: "bytes gzipped",
      value: await bundleSize(source, "dist"),
      baseline: "allowed",
      baselineValue: allowed,
      bound,
    });
  return await Promise.all([
    ...Object.entries(errorBundles).map(([name, { source, bound }]) =>
      row(name, source, bound, { atMost: 1 }),
    ),
    row("everything, and the parser for an app's own codes", withOwnCodes, 15_000, null),
  ]);
}

/** What errors cost: answers against the function they replace, hostile headers against `negotiator`, bytes in a bundle. */
export const errors: Benchmark = {
  name: "errors",
  run: async (say) => [...(await responses(say)), ...negotiation(say), ...(await bundles())],
};
