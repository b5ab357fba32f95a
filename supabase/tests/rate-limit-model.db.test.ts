import { createTestStack, type TestStack } from "@vidops/local/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { seededRandom } from "./rate-limit-calls.ts";
import {
  arrivals,
  type Call,
  EveryHit,
  judge,
  simulate,
  simulateClock,
  type Verdict,
} from "./rate-limit-simulation.ts";

let stack: TestStack;
beforeAll(async () => {
  stack = await createTestStack();
  await simulateClock(stack.sql);
});
afterAll(() => stack[Symbol.asyncDispose]());

const ones = (verdicts: readonly Verdict[]): boolean[] => verdicts.map((verdict) => verdict.one);
const manys = (verdicts: readonly Verdict[]): boolean[] => verdicts.map((verdict) => verdict.many);

function expectTested(result: { faults: string[]; admitted: number; refused: number }): void {
  expect(result.faults).toEqual([]);
  expect(result.admitted).toBeGreaterThan(300);
  expect(result.refused).toBeGreaterThan(300);
}

describe("over hours of a simulated clock", () => {
  it.each([
    [1, 60, 1_000],
    [3, 1, 2_000],
    [10, 60, 2_000],
    [10, 3_600, 1_200],
    [100, 60, 2_500],
  ])(
    "a limit of %i in %i s decides %i calls exactly as one that keeps every hit, by both functions",
    async (max, window, count) => {
      const random = seededRandom(max * window);
      const calls = arrivals(random, count, window, () => ({
        max,
        cost: max > 3 && random() < 0.1 ? 1 + Math.floor((random() * max) / 3) : 1,
      }));
      const verdicts = await simulate(stack.sql, `exact ${max} ${window}`, window, calls);
      expectTested(judge(calls, ones(verdicts), window, 0));
      expect(ones(verdicts)).toEqual(manys(verdicts));
      const model = new EveryHit(window);
      const wrong = calls.flatMap((call, index) => {
        const { many, oneRemaining, manyRemaining, retryAfterMs, retryAfter } = verdicts[index] as Verdict;
        const wait = many ? 0 : model.waitMs(call);
        if (many) model.add(call, index);
        const remaining = max - model.used(call.at);
        const right =
          oneRemaining === remaining &&
          manyRemaining === remaining &&
          // Waits are rounded up from floating point: a millisecond more than needed does no harm, one less would.
          (many ||
            ((retryAfterMs === wait || retryAfterMs === wait + 1) &&
              Math.abs(retryAfter - wait / 1_000 - 0.5) <= 0.501));
        return right ? [] : [{ index, call, verdict: verdicts[index], remaining, wait }];
      });
      expect(wrong.slice(0, 3)).toEqual([]);
    },
  );

  it.each([
    [101, 60, 3_000],
    [250, 1, 3_000],
    [1_000, 3_600, 4_000],
  ])(
    "a limit of %i in %i s never lets one too many of %i calls in, and a slot comes back a hundredth of the window late at most",
    async (max, window, count) => {
      const random = seededRandom(max + window);
      const calls = arrivals(random, count, window, () => ({
        max,
        cost: random() < 0.3 ? 1 + Math.floor((random() * max) / 20) : 1,
      }));
      const verdicts = await simulate(stack.sql, `rough ${max} ${window}`, window, calls);
      expectTested(judge(calls, ones(verdicts), window, window * 10_000));
      expect(ones(verdicts)).toEqual(manys(verdicts));
      expect(verdicts.map((verdict) => verdict.oneRemaining)).toEqual(
        verdicts.map((verdict) => verdict.manyRemaining),
      );
    },
  );

  it.each([
    ["up to 100", [5, 40, 100], 0],
    ["across 100", [20, 99, 100, 101, 300], 1],
  ] as const)(
    "a limit that changes with calls, %s, holds as it is at each of them",
    async (name, limits, hundredths) => {
      const random = seededRandom(limits.length);
      let max = 20;
      const calls = arrivals(random, 2_000, 60, () => {
        if (random() < 0.02) max = limits[Math.floor(random() * limits.length)] ?? 20;
        return { max, cost: random() < 0.2 ? 1 + Math.floor(random() * 3) : 1 };
      });
      const verdicts = await simulate(stack.sql, name, 60, calls);
      expectTested(judge(calls, ones(verdicts), 60, hundredths * 600_000));
      expect(ones(verdicts)).toEqual(manys(verdicts));
    },
  );

  it.each([
    ["of 10", 10, 0],
    ["of 300", 300, 1],
  ] as const)(
    "slots that are given back at random, at once, late or never, fit again: a limit %s",
    async (name, max, hundredths) => {
      const random = seededRandom(max);
      const calls = arrivals(random, 2_000, 60, (index) => ({
        max,
        cost: 1 + Math.floor(random() * (max > 100 ? 30 : 3)),
        // The same call may be picked twice: the second release gives nothing back.
        ...(random() < 0.3 && index > 0
          ? { release: Math.max(0, index - 1 - Math.floor(random() * 40)) }
          : {}),
      }));
      const verdicts = await simulate(stack.sql, `release ${name}`, 60, calls, true);
      expectTested(judge(calls, manys(verdicts), 60, hundredths * 600_000));
    },
  );
});

describe("a database clock that is set back", () => {
  const hour = 3_600_000_000;

  it.each([10, 500])(
    "by three hours never lets more in than a limit of %i, and is over when the clock is where it was",
    async (max) => {
      const at = (time: number, count = max): Call[] =>
        Array.from({ length: count }, () => ({ at: time, max, cost: 1 }));
      const calls = [
        // Filled, emptied by the window's end and half filled again, so that the row's first entry is not the one it began with.
        ...[...at(6 * hour), ...at(6 * hour + 61_000_000, max / 2)],
        ...[...at(3 * hour), ...at(3 * hour + 30_000_000), ...at(3 * hour + 120_000_000), ...at(5 * hour)],
        ...at(6 * hour + 61_000_000 + 60_000_000 + 600_000, 2 * max),
      ];
      const verdicts = await simulate(stack.sql, `back ${max}`, 60, calls);
      for (const decisions of [ones(verdicts), manys(verdicts)]) {
        const admitted = (from: number, count: number): number =>
          decisions.slice(from, from + count).filter(Boolean).length;
        expect(admitted(0, 1.5 * max)).toBe(1.5 * max);
        // What was free may be taken; what it counts from then on is in the future, so nothing comes back before the clock is there again.
        expect(admitted(1.5 * max, 4 * max)).toBeLessThanOrEqual(max / 2);
        expect(admitted(5.5 * max, 2 * max)).toBe(max);
      }
    },
  );

  it.each([10, 500])(
    "beyond what a released slot left never lets more in than a limit of %i",
    async (max) => {
      // The row is left with the time of what no longer counts, and nothing else.
      const at = (time: number, more: { release?: number } = {}): Call => ({
        at: time,
        max,
        cost: max,
        ...more,
      });
      const calls = [
        at(6 * hour),
        at(6 * hour + 61_000_000),
        at(3 * hour, { release: 1 }),
        at(3 * hour),
        at(3 * hour),
      ];
      const decided = manys(await simulate(stack.sql, `released ${max}`, 60, calls, true));
      expect(decided).toEqual([true, true, true, false, false]);
    },
  );

  it("by a second, by a minute and by hours, again and again, never hangs nor lets one too many in", async () => {
    const random = seededRandom(7);
    const forward = arrivals(random, 1_500, 60, () => ({ max: 10, cost: 1 }));
    let back = 0;
    const calls = forward.map((call) => {
      if (random() < 0.003) back += [1_000_000, 60_000_000, 2 * hour][Math.floor(random() * 3)] ?? 0;
      return { ...call, at: call.at + 40 * hour - back };
    });
    const verdicts = await simulate(stack.sql, "back and back", 60, calls);
    // By the time that really passed there are never more than the limit in a window.
    for (const decisions of [ones(verdicts), manys(verdicts)]) {
      const { faults } = judge(forward, decisions, 60, Number.POSITIVE_INFINITY);
      expect(faults.filter((fault) => fault.startsWith("admitted"))).toEqual([]);
    }
  });
});
