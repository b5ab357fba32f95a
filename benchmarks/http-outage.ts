import { createOutageServer, type Outage } from "./http-outage-server.ts";
import type { Strategy } from "./http-outage-strategies.ts";
import { createVirtualTime, inPlaceOfTimers, seededRandom } from "./http-virtual-time.ts";

const CLIENTS = 1_000;
/** The clients live in so many processes; each has its own budget and breaker, as two servers have. */
const PROCESSES = 10;
const SECOND = 1_000;
const END = 330 * SECOND;
const WINDOW = 5 * SECOND;
/** What counts as recovered: so many of the calls of a window succeed. */
const SHARE = 0.95;

/**
 * How clients call again: `patient` ones think, 15 s on average, once a call has ended; `steady` ones have something new to
 * ask every 15 s on average, whether or not they were answered, as the users behind a server have.
 */
export type Load = "patient" | "steady";

const PAUSE = 15 * SECOND;

export const outageTimes = { downAt: 30 * SECOND, upAt: 90 * SECOND, end: END } as const;

/** What became of a strategy in an outage. */
export interface OutageCourse {
  readonly name: string;
  /** Requests that the server got, in each second. */
  readonly requests: readonly number[];
  /** Share of the calls which ended in the last 5 seconds that succeeded, at the end of each second; null when none ended. */
  readonly success: readonly (number | null)[];
  readonly total: number;
  readonly requestsPerCall: number;
  /** Seconds after the server's return until the share stays at 95 % or more; null when that never comes. */
  readonly recovery: number | null;
  /** Calls that began, and of them those that ended without success. */
  readonly calls: number;
  readonly failed: number;
}

interface Call {
  readonly started: number;
  ended: number;
  succeeded: boolean;
}

/** Lets 1,000 clients live through an outage with a strategy. Each run gives the same. */
export async function liveThrough(
  name: string,
  strategy: Strategy,
  whileDown: Outage["whileDown"],
  load: Load,
): Promise<OutageCourse> {
  const time = createVirtualTime();
  const { downAt, upAt } = outageTimes;
  const server = createOutageServer(time, {
    downAt,
    upAt,
    whileDown,
    // All together ask for 67 a second.
    capacityBefore: 160,
    capacityAfter: 80,
    queue: 2_000,
  });
  const calls: Call[] = [];
  const processes = Array.from({ length: PROCESSES }, (_, at) =>
    strategy({ time, fetch: server.fetch, random: seededRandom(1_000_000 + at) }),
  );
  const client = (id: number): void => {
    const random = seededRandom(id);
    const send = processes[id % PROCESSES] ?? (() => Promise.resolve(false));
    const call = async (): Promise<void> => {
      const started = time.now();
      const one: Call = { started, ended: Number.POSITIVE_INFINITY, succeeded: false };
      calls.push(one);
      if (load === "steady") next();
      one.succeeded = await send();
      one.ended = time.now();
      if (load === "patient") next();
    };
    const next = (): void => void time.setTimeout(() => void call(), -Math.log(1 - random()) * PAUSE);
    next();
  };
  await inPlaceOfTimers(time, async () => {
    for (let id = 0; id < CLIENTS; id++) client(id);
    await time.runUntil(END);
  });
  return { name, ...measured(calls, server.requests) };
}

function measured(calls: readonly Call[], requests: readonly number[]): Omit<OutageCourse, "name"> {
  const { downAt, upAt } = outageTimes;
  const seconds = END / SECOND;
  const perSecond = Array.from({ length: seconds }, () => 0);
  for (const at of requests) {
    const second = Math.floor(at / SECOND);
    if (second < seconds) perSecond[second] = (perSecond[second] ?? 0) + 1;
  }
  const ended = Array.from({ length: seconds }, () => ({ all: 0, good: 0 }));
  for (const call of calls) {
    const bucket = ended[Math.floor(call.ended / SECOND)];
    if (bucket === undefined) continue;
    bucket.all += 1;
    if (call.succeeded) bucket.good += 1;
  }
  const success = ended.map((_, second) => {
    const window = ended.slice(Math.max(0, second - 4), second + 1);
    const all = window.reduce((sum, bucket) => sum + bucket.all, 0);
    return all === 0 ? null : window.reduce((sum, bucket) => sum + bucket.good, 0) / all;
  });
  const during = (at: number): boolean => at >= downAt && at < upAt;
  return {
    requests: perSecond,
    success,
    total: requests.length,
    requestsPerCall:
      requests.filter(during).length / Math.max(1, calls.filter(({ started }) => during(started)).length),
    recovery: recovery(calls),
    calls: calls.length,
    failed: calls.filter(({ ended: at, succeeded }) => at <= END && !succeeded).length,
  };
}

/**
 * Seconds after the server's return from which on, and until the end, of the calls that ended in the last 5 seconds 95 % or
 * more have succeeded, looked at whenever a call ends.
 */
function recovery(calls: readonly Call[]): number | null {
  const ended = calls.filter((call) => call.ended <= END).toSorted((a, b) => a.ended - b.ended);
  let [oldest, good, lastBad] = [0, 0, 0];
  ended.forEach((call, at) => {
    if (call.succeeded) good += 1;
    for (
      let old = ended[oldest];
      old !== undefined && old.ended <= call.ended - WINDOW;
      old = ended[oldest]
    ) {
      if (old.succeeded) good -= 1;
      oldest += 1;
    }
    if (good / (at - oldest + 1) < SHARE) lastBad = call.ended;
  });
  return lastBad > END - WINDOW ? null : Math.max(0, lastBad - outageTimes.upAt) / SECOND;
}
