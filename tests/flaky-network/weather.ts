/** What a network does to a request. */
export type Fate =
  /** It arrives, and so does the answer. */
  | "delivered"
  /** The connection is reset before the request was passed on. */
  | "reset-before"
  /** It was passed on and done; the connection is reset before the answer. */
  | "reset-after"
  /** It was done; the connection ends in the middle of the answer. */
  | "cut"
  /** A proxy answers 502 in HTML and passes nothing on. */
  | "502-before"
  /** It was done; a proxy answers 502 in HTML instead. */
  | "502-after"
  /** It arrives, and a copy of it arrives later; the copy's answer goes nowhere. */
  | "twice";

/** How often a network goes wrong, and how slow it is. */
export interface Weather {
  /** Least and most milliseconds that a request takes to arrive, and that its answer takes. */
  readonly latency: readonly [least: number, most: number];
  /** How many of all requests meet a fate, 0 to 1; the rest is delivered. */
  readonly odds: Readonly<Partial<Record<Exclude<Fate, "delivered">, number>>>;
}

/** What was drawn for one request: its fate, and milliseconds to wait. */
export interface Draw {
  readonly fate: Fate;
  readonly before: number;
  readonly after: number;
  /** How long after the request its copy arrives. */
  readonly copy: number;
}

/**
 * Draws what becomes of requests. The draw depends on the seed, on what is asked and on how often the same was asked before,
 * not on the order in which clients come: with the seed of a run that failed, each request meets the same fate again.
 *
 * @param weather how bad it is
 * @param seed any number; written down by the test
 * @returns takes what tells a request from others, gives its fate
 */
export function drawFates(weather: Weather, seed: number): (request: string) => Draw {
  const asked = new Map<string, number>();
  return (request) => {
    const times = asked.get(request) ?? 0;
    asked.set(request, times + 1);
    const random = randomNumbers(hash(`${seed} ${times} ${request}`));
    const [least, most] = weather.latency;
    const wait = (): number => least + (most - least) * random();
    return { fate: fateOf(weather.odds, random()), before: wait(), after: wait(), copy: 300 * random() };
  };
}

function fateOf(odds: Weather["odds"], drawn: number): Fate {
  let left = drawn;
  for (const [fate, share] of Object.entries(odds)) {
    left -= share;
    if (left < 0) return fate as Fate;
  }
  return "delivered";
}

/** FNV-1a, 32 bits. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (const sign of text) value = Math.imul(value ^ (sign.codePointAt(0) ?? 0), 0x01000193);
  return value >>> 0;
}

/**
 * Numbers from 0 to 1, the same for the same seed.
 *
 * @see https://gist.github.com/tommyettinger/46a874533244883189143505d203312c (mulberry32, public domain)
 */
function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let value = Math.imul(state ^ (state >>> 15), state | 1);
    value ^= value + Math.imul(value ^ (value >>> 7), value | 61);
    return ((value ^ (value >>> 14)) >>> 0) / 4_294_967_296;
  };
}
