import { setTimeout as sleep } from "node:timers/promises";
import { vi } from "vitest";
import { admittedInTurn, type Contender, freshScope, type Limiter, type Name } from "./contenders.ts";

const ten = { max: 10, seconds: 3600 };
const windowMs = 3000;
const short = { max: 10, seconds: windowMs / 1000 };

/** Instants of this process between which the store counted a request, in ms. */
interface Counted {
  readonly before: number;
  readonly after: number;
}

/** The most that surely were together in one window. */
function mostInOneWindow(requests: readonly Counted[]): number {
  const together = requests.map(
    (first) =>
      requests.filter(({ before, after }) => before >= first.before && after - first.before < windowMs)
        .length,
  );
  return Math.max(0, ...together);
}

/** Asks so often, and writes down when what was admitted. */
async function note(limiter: Limiter, times: number, into: Counted[]): Promise<void> {
  for (let time = 0; time < times; time++) {
    const before = performance.now();
    if (await limiter.ask()) into.push({ before, after: performance.now() });
  }
}

/** Some ask at times of the clock, for which this machine may be too busy: then nothing was found out. */
export class TooBusy extends Error {}

/**
 * What was admitted; null when this machine was too slow for the times that it should be asked at. `lead` is how long
 * before the window's edge the asking begins, in ms.
 */
type Pattern = (limiter: Limiter, lead: number) => Promise<readonly Counted[] | null>;

/** One request begins the window, nine end it, ten begin the next. */
const acrossItsOwnEdge: Pattern = async (limiter, lead) => {
  const admitted: Counted[] = [];
  const began = performance.now();
  await note(limiter, 1, admitted);
  const begun = performance.now();
  await sleep(began + windowMs - 2 * lead - performance.now());
  await note(limiter, 9, admitted);
  if (performance.now() > began + windowMs) return null;
  await sleep(begun + windowMs + 20 - performance.now());
  await note(limiter, 10, admitted);
  return admitted;
};

/** Ten requests end a window of the clock; then each as soon as a count that fades between two windows lets it through. */
const acrossAnEdgeOfTheClock: Pattern = async (limiter, lead) => {
  const admitted: Counted[] = [];
  const edge = Math.ceil((Date.now() + 2 * lead) / windowMs) * windowMs;
  await sleep(edge - lead - Date.now());
  const began = performance.now();
  await note(limiter, 10, admitted);
  if (Date.now() >= edge) return null;
  for (let tenth = 0; tenth < 10; tenth++) {
    await sleep(Math.max(0, edge + (tenth + 0.2) * (windowMs / 10) - Date.now()));
    await note(limiter, 1, admitted);
  }
  return performance.now() - began < windowMs ? admitted : null;
};

async function mostAcross(pattern: Pattern, contender: Contender): Promise<number> {
  for (let attempt = 0; attempt < 4; attempt++) {
    const admitted = await pattern(await contender.limiter(freshScope(), short), 100 + 35 * attempt);
    if (admitted !== null) return mostInOneWindow(admitted);
  }
  throw new TooBusy("This machine is too busy to ask at the times that this takes.");
}

async function atOnce(limiters: readonly Limiter[]): Promise<string> {
  const asking = Array.from({ length: 64 }, (_, at) => limiters[at % limiters.length]?.ask());
  const admitted = (await Promise.all(asking)).filter((allowed) => allowed).length;
  // How many slip through between counting and writing is chance.
  return admitted > 20 ? "up to 64" : String(admitted);
}

/** How many round trips it takes to do something. */
export async function tripsOf(contender: Contender, work: () => Promise<unknown>): Promise<number> {
  const before = contender.roundTrips();
  await work();
  return contender.roundTrips() - before;
}

const units: Readonly<Record<Name, string>> = {
  checkRateLimit: "row, beside its log",
  "the first function": "rows",
  "rate-limiter-flexible": "row",
  "express-rate-limit": "entry",
  "@upstash/ratelimit": "key a window",
};

/** What is found out in the same way for all; null where that takes a source. */
export const countingProbes: Readonly<
  Record<string, (contender: Contender, name: Name) => Promise<string | null>>
> = {
  "limit 10: most admitted in any one window": async (contender) => {
    const patterns = [acrossItsOwnEdge, acrossAnEdgeOfTheClock];
    const most = await Promise.all(patterns.map((pattern) => mostAcross(pattern, contender)));
    return String(Math.max(...most));
  },
  "limit 10: admitted of 64 at once": async (contender) =>
    atOnce([await contender.limiter(freshScope(), ten)]),
  "the same from two processes": async (contender) => {
    const scope = freshScope();
    return atOnce([await contender.limiter(scope, ten), await contender.limiter(scope, ten)]);
  },
  "limit 10 an hour, all used: admitted when the process's clock is put 2 h ahead": async (contender) => {
    const limiter = await contender.limiter(freshScope(), ten);
    await admittedInTurn(limiter, 10);
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 2 * 3_600_000 });
    try {
      return String(await admittedInTurn(limiter, 10));
    } finally {
      vi.useRealTimers();
    }
  },
  "a request may count as several": async (contender) => {
    if (!contender.takesCost) return null;
    const limiter = await contender.limiter(freshScope(), ten);
    const answers = [await limiter.ask({ cost: 4 }), await limiter.ask({ cost: 6 }), await limiter.ask()];
    return String(answers) === "true,true,false" ? "yes" : "no";
  },
  "denied requests count": async (contender) => {
    const scope = freshScope();
    const limiter = await contender.limiter(scope, { max: 2, seconds: 3600 });
    await admittedInTurn(limiter, 5);
    const used = await (limiter.used ?? (() => contender.kept(scope)))();
    if (used > 2) return "yes";
    if (!contender.takesCost) return "no";
    const costly = await contender.limiter(freshScope(), ten);
    await costly.ask({ cost: 8 });
    await costly.ask({ cost: 5 });
    return (await costly.ask()) ? "no" : "those that cost more than is left";
  },
  "round trips, admitted / denied": async (contender) => {
    // What is done once, such as to load a script.
    await (await contender.limiter(freshScope(), ten)).ask();
    const limiter = await contender.limiter(freshScope(), { max: 1, seconds: 3600 });
    const trips = [
      await tripsOf(contender, () => limiter.ask()),
      await tripsOf(contender, () => limiter.ask()),
    ];
    return trips.join(" / ");
  },
  "kept for one client after 100 requests": async (contender, name) => {
    const scope = freshScope();
    await admittedInTurn(await contender.limiter(scope, { max: 100, seconds: 86_400 }), 100);
    return `${await contender.kept(scope)} ${units[name]}`;
  },
  "looks without counting, and resets": async (contender) => {
    const { used, reset, ask } = await contender.limiter(freshScope(), { max: 2, seconds: 3600 });
    if (used === null || reset === null) return null;
    await ask();
    const looks = [await used(), await used()];
    const full = [await ask(), await ask()];
    await reset();
    return String([...looks, ...full, await ask()]) === "1,1,true,false,true" ? "yes" : "no";
  },
  "a client that writes X-Forwarded-For": async (contender) => {
    if (!contender.readsAddress) return null;
    const limiter = await contender.limiter(freshScope(), ten);
    let admitted = 0;
    for (let request = 0; request < 15; request++)
      if (await limiter.ask({ forged: `198.51.100.${request}` })) admitted += 1;
    return admitted === 10 ? "is counted as ever" : "gets past the limit";
  },
  "IPv6 is counted by": async (contender) => {
    if (!contender.readsAddress) return null;
    const shared: number[] = [];
    for (const bit of [127, 64, 63, 56, 55, 48, 47]) {
      const limiter = await contender.limiter(freshScope(), { max: 1, seconds: 3600 });
      await limiter.ask({ from: ipv6(0n) });
      if (!(await limiter.ask({ from: ipv6(1n << BigInt(127 - bit)) }))) shared.push(bit);
    }
    return shared.length === 0 ? "address" : `/${Math.min(...shared)}`;
  },
};

/** An address of the Internet, with some bits the other way. */
function ipv6(flipped: bigint): string {
  const bits = 0x2a01_04f8_1c1b_a9a9_0000_0000_0000_0001n ^ flipped;
  return (bits.toString(16).padStart(32, "0").match(/.{4}/g) ?? []).join(":");
}
