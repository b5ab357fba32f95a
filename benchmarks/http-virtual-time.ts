interface VirtualTimer {
  readonly at: number;
  readonly order: number;
  /** Null once it was cleared. */
  callback: (() => void) | null;
}

/** Time that jumps from one timer to the next, so that minutes of many clients pass in a moment, each run alike. */
export interface VirtualTime {
  /** Milliseconds since the start. */
  now(): number;
  setTimeout(callback: () => void, ms?: number): unknown;
  clearTimeout(timer: unknown): void;
  /** Lets time pass until then, in ms. What is due later stays undone. */
  runUntil(end: number): Promise<void>;
  /** Lets time pass until the next timer, and runs it; false when there is none. */
  runNext(): Promise<boolean>;
}

const earlier = (a: VirtualTimer, b: VirtualTimer): boolean =>
  a.at < b.at || (a.at === b.at && a.order < b.order);

/** Makes a time of its own, which starts at 0. */
export function createVirtualTime(): VirtualTime {
  // A binary heap: the next timer is the first.
  const heap: VirtualTimer[] = [];
  let now = 0;
  let order = 0;

  const push = (timer: VirtualTimer): void => {
    let at = heap.length;
    for (let parent = (at - 1) >> 1; at > 0; at = parent, parent = (at - 1) >> 1) {
      const above = heap[parent];
      if (above === undefined || !earlier(timer, above)) break;
      heap[at] = above;
    }
    heap[at] = timer;
  };

  const pop = (): VirtualTimer | undefined => {
    const first = heap[0];
    const last = heap.pop();
    if (first === undefined || last === undefined || heap.length === 0) return first;
    let at = 0;
    for (;;) {
      const [left, right] = [heap[2 * at + 1], heap[2 * at + 2]];
      if (left === undefined) break;
      const [child, index] =
        right !== undefined && earlier(right, left) ? [right, 2 * at + 2] : [left, 2 * at + 1];
      if (!earlier(child, last)) break;
      heap[at] = child;
      at = index;
    }
    heap[at] = last;
    return first;
  };

  /** When the next timer is due, after those that were cleared are gone. */
  const nextDue = (): number | undefined => {
    while (heap[0]?.callback === null) pop();
    return heap[0]?.at;
  };

  const runNext = async (): Promise<boolean> => {
    if (nextDue() === undefined) return false;
    const timer = pop();
    if (timer?.callback) {
      now = timer.at;
      timer.callback();
    }
    // All promises that this settles have their say before time goes on.
    await new Promise((resolve) => setImmediate(resolve));
    return true;
  };

  return {
    now: () => now,
    setTimeout: (callback, ms = 0) => {
      const timer: VirtualTimer = { at: now + Math.max(0, ms), order: order++, callback };
      push(timer);
      return timer;
    },
    clearTimeout: (timer) => {
      if (typeof timer === "object" && timer !== null) (timer as VirtualTimer).callback = null;
    },
    runUntil: async (end) => {
      for (let due = nextDue(); due !== undefined && due <= end; due = nextDue()) await runNext();
      now = end;
    },
    runNext,
  };
}

/** Puts a time in the place of the global timers, for libraries that take none, while some work runs. */
export async function inPlaceOfTimers<T>(time: VirtualTime, work: () => Promise<T>): Promise<T> {
  const { setTimeout, clearTimeout } = globalThis;
  Object.assign(globalThis, { setTimeout: time.setTimeout, clearTimeout: time.clearTimeout });
  try {
    return await work();
  } finally {
    Object.assign(globalThis, { setTimeout, clearTimeout });
  }
}

/** Numbers from 0 to 1 that are the same in each run (mulberry32). */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
