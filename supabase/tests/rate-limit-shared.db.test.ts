import { createTestStack, type TestStack } from "@vidops/local/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { seededRandom } from "./rate-limit-calls.ts";
import {
  arrivals,
  type Call,
  EveryHit,
  judge,
  type SharedVerdict,
  simulateClock,
  simulateShared,
} from "./rate-limit-simulation.ts";

let stack: TestStack;
let admin: string;
beforeAll(async () => {
  stack = await createTestStack();
  admin = (await stack.createUser({ isAdmin: true })).id;
  await simulateClock(stack.sql);
});
afterAll(() => stack[Symbol.asyncDispose]());

interface Mix {
  /** The limits that calls change between. */
  readonly limits: readonly number[];
  readonly window: number;
  readonly dear?: boolean;
  readonly releases?: boolean;
  readonly resets?: boolean;
}

/** Calls of both functions at random, with whatever else may happen to the state between them. */
function mixed(mix: Mix, count: number, seed: number): Call[] {
  const random = seededRandom(seed);
  const below = (most: number): number => Math.floor(random() * most);
  let max = mix.limits[0] ?? 10;
  const calls = arrivals(random, count, mix.window, (index) => {
    // Often, so that it also changes to and fro while one function alone has written.
    if (random() < 0.4) max = mix.limits[below(mix.limits.length)] ?? max;
    return {
      max,
      via: random() < 0.6 ? "one" : "many",
      cost: mix.dear === true && random() < 0.2 ? 1 + below(Math.max(2, max / 3)) : 1,
      ...(mix.releases === true && index > 0 && random() < 0.3
        ? { release: Math.max(0, index - 1 - below(12)) }
        : {}),
      ...(mix.resets === true && random() < 0.02
        ? { before: random() < 0.5 ? ("forget" as const) : ("reset" as const) }
        : {}),
    };
  });
  // check_rate_limit makes no reservations, so there is none to give back.
  return calls.map(({ release, ...call }) =>
    release === undefined || calls[release]?.via === "one" ? call : { ...call, release },
  );
}

/** Waits are rounded up from floating point: a millisecond more than needed does no harm, one less would. */
const rounded = (told: number, right: number): boolean => told === right || told === right + 1;

/** The answers that do not say exactly what a limiter says that keeps every hit. */
function wrongAnswers(calls: readonly Call[], verdicts: readonly SharedVerdict[], window: number): unknown[] {
  const model = new EveryHit(window);
  const wrong: unknown[] = [];
  for (const [index, call] of calls.entries()) {
    const verdict = verdicts[index] as SharedVerdict;
    if (call.before !== undefined) model.clear();
    model.remove(call.release);
    if (verdict.allowed) model.add(call, index);
    // After an admission check_rate_limit tells the wait of one more, check_rate_limits that of the same again.
    const next = verdict.allowed && call.via === "one" ? { ...call, cost: 1 } : call;
    const used = model.used(call.at);
    const right = {
      remaining: Math.max(call.max - used, 0),
      wait: used + next.cost <= call.max ? 0 : model.waitMs(next),
      reset: model.resetMs(call.at),
    };
    if (
      verdict.remaining !== right.remaining ||
      !rounded(verdict.retry_after_ms, right.wait) ||
      !rounded(verdict.reset_after_ms, right.reset)
    ) {
      wrong.push({ index, call, verdict, right });
    }
  }
  return wrong;
}

const mixes: Record<string, Mix> = {
  "nothing else": { limits: [10], window: 60 },
  "costs above 1": { limits: [10], window: 60, dear: true },
  "slots given back": { limits: [5], window: 60, releases: true },
  "resets by an operator and by the app": { limits: [10], window: 60, resets: true },
  "limits that change": { limits: [1, 3, 10, 11, 40], window: 60 },
  "all of it": { limits: [2, 7, 30, 100], window: 1, dear: true, releases: true, resets: true },
};

describe("calls of both functions on one state", () => {
  it.each(Object.entries(mixes))(
    "with %s between, are answered as by one that keeps every hit",
    async (name, mix) => {
      const calls = mixed(mix, 2_000, name.length);
      const verdicts = await simulateShared(stack.sql, name, mix.window, admin, calls);
      const decisions = verdicts.map((verdict) => verdict.allowed);
      const result = judge(calls, decisions, mix.window, 0);
      expect(result.faults).toEqual([]);
      expect(result.admitted).toBeGreaterThan(300);
      expect(result.refused).toBeGreaterThan(300);
      expect(wrongAnswers(calls, verdicts, mix.window).slice(0, 3)).toEqual([]);
    },
  );

  it("with limits across 100 and all else between, never let one too many in, and give slots back a hundredth of the window late at most", async () => {
    const mix = { limits: [60, 100, 101, 150], window: 60, dear: true, releases: true, resets: true };
    const calls = mixed(mix, 3_000, 3);
    const verdicts = await simulateShared(stack.sql, "across", mix.window, admin, calls);
    const result = judge(
      calls,
      verdicts.map((verdict) => verdict.allowed),
      mix.window,
      mix.window * 10_000,
    );
    expect(result.faults).toEqual([]);
    expect(result.admitted).toBeGreaterThan(300);
    expect(result.refused).toBeGreaterThan(300);
  });
});
