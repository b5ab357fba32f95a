import { setTimeout as sleep } from "node:timers/promises";
import { expect, it } from "vitest";
import { describeStores, limitOf, type StoredLimit, type StoreUnderTest } from "./stores.ts";
import { type Between, faultsOf, timed, WindowModel } from "./window-model.ts";

const steps = 400;
const key = (name: string, maxRequests: number, windowSeconds: number): StoredLimit =>
  limitOf(maxRequests, windowSeconds, { per: "key", key: name, name: `${name}_${windowSeconds}` });

/** Several of one subject, so that limits are raised, lowered and shared. */
const pool: readonly (readonly StoredLimit[])[] = [
  [key("a", 3, 1), key("a", 6, 1), key("a", 2, 1)],
  [key("a", 9, 2)],
  [key("b", 5, 1)],
  [key("c", 150, 1), key("c", 110, 1)],
  [key("c", 12, 2)],
];

/** The same numbers from 0 to 1 in every run. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_664_525 + 1_013_904_223) % 2 ** 32;
    return state / 2 ** 32;
  };
}

class Comparison {
  readonly faults: string[] = [];
  readonly seen = { allowed: 0, denied: 0, unsure: 0, released: 0 };
  readonly #models = new Map<string, WindowModel>();
  readonly #held: { id: string; request: number; models: WindowModel[] }[] = [];
  readonly #tested: StoreUnderTest;
  readonly #random: () => number;

  constructor(tested: StoreUnderTest, random: () => number) {
    this.#tested = tested;
    this.#random = random;
  }

  async step(number: number): Promise<void> {
    const kind = this.#random();
    if (kind < 0.6) await this.#take(number);
    else if (kind < 0.7) await this.#peek(number);
    else if (kind < 0.84) await this.#settle();
    else if (kind < 0.87) await this.#reset();
    else await sleep(this.#random() * 150);
  }

  async #take(number: number): Promise<void> {
    const { limits, cost } = this.#request();
    const reserve = this.#random() < 0.5;
    const { result: answer, at } = await timed(() => this.#tested.take(limits, { cost, reserve }));
    const bounds = limits.map((limit) => ({ limit, used: this.#model(limit).used(limit, at) }));
    const mustDeny = bounds.some(({ limit, used }) => used.least + cost > limit.maxRequests);
    const mustAllow = bounds.every(({ limit, used }) => used.most + cost <= limit.maxRequests);
    if (answer.allowed ? mustDeny : mustAllow) this.faults.push(`${number}: allowed is ${answer.allowed}`);
    this.seen[answer.allowed ? "allowed" : "denied"] += 1;
    if (!mustDeny && !mustAllow) this.seen.unsure += 1;
    if (answer.allowed) for (const limit of limits) this.#model(limit).count(number, cost, at);
    this.#compare(number, answer.limits, limits, cost, at);
    if (answer.reservation !== null)
      this.#held.push({
        id: answer.reservation,
        request: number,
        models: limits.map((limit) => this.#model(limit)),
      });
  }

  async #peek(number: number): Promise<void> {
    const { limits, cost } = this.#request();
    const { result: states, at } = await timed(() => this.#tested.peek(limits, { cost }));
    this.#compare(number, states, limits, cost, at);
  }

  async #settle(): Promise<void> {
    const [held] = this.#held.splice(Math.floor(this.#random() * this.#held.length), 1);
    if (held === undefined) return;
    if (this.#random() < 0.3) {
      await this.#tested.store.commit(held.id);
      return;
    }
    await this.#tested.store.release(held.id);
    this.seen.released += 1;
    for (const model of held.models) model.giveBack(held.request);
  }

  async #reset(): Promise<void> {
    const { limits } = this.#request();
    for (const limit of limits) {
      await this.#tested.reset(limit);
      this.#model(limit).forget();
    }
  }

  #compare(
    number: number,
    states: Awaited<ReturnType<StoreUnderTest["peek"]>>,
    limits: readonly StoredLimit[],
    cost: number,
    at: Between,
  ): void {
    limits.forEach((limit, index) => {
      const state = states[index];
      const faults =
        state === undefined ? ["no answer"] : faultsOf(this.#model(limit), state, limit, cost, at);
      this.faults.push(...faults.map((fault) => `${number}: ${fault}`));
    });
  }

  /** One to three limits of different windows, and a cost that none of them is below. */
  #request(): { limits: StoredLimit[]; cost: number } {
    const count = 1 + Math.floor(this.#random() * 3);
    const start = Math.floor(this.#random() * pool.length);
    const chosen = Array.from({ length: count }, (_, index) => pool[(start + index) % pool.length] ?? []);
    const limits = chosen.flatMap((choices) => choices[Math.floor(this.#random() * choices.length)] ?? []);
    const most = Math.min(...limits.map(({ maxRequests }) => maxRequests));
    return { limits, cost: 1 + Math.floor(this.#random() ** 2 * Math.min(most, 60)) };
  }

  #model(limit: StoredLimit): WindowModel {
    const model = this.#models.get(limit.name) ?? new WindowModel(limit);
    this.#models.set(limit.name, model);
    return model;
  }
}

describeStores("a model that keeps every request", (tested) => {
  it(`agrees with the store on ${steps} steps at random: takes, looks, releases and resets`, async () => {
    const comparison = new Comparison(tested, seeded(20_261_125));
    for (let number = 0; number < steps; number += 1) await comparison.step(number);
    expect(comparison.faults).toEqual([]);
    const { allowed, denied, unsure, released } = comparison.seen;
    expect(allowed).toBeGreaterThan(50);
    expect(denied).toBeGreaterThan(40);
    expect(released).toBeGreaterThan(20);
    expect(unsure).toBeLessThan(steps / 4);
  });
});
