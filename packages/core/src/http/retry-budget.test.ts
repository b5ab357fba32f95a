import { describe, expect, it } from "vitest";
import { createRetryBudget } from "./index.ts";

const a = "https://a.example";

describe("a retry budget", () => {
  it("lets the reserve be spent, and then one retry in so many calls", () => {
    const budget = createRetryBudget({ ratio: 0.25, reserve: 2 });
    expect([budget.withdraw(a), budget.withdraw(a), budget.withdraw(a)]).toEqual([true, true, false]);
    const granted = Array.from({ length: 40 }, () => {
      budget.deposit(a);
      return budget.withdraw(a);
    });
    expect(granted.filter(Boolean)).toHaveLength(10);
  });

  it("saves up no more than the reserve, however well it went", () => {
    const budget = createRetryBudget({ ratio: 0.5, reserve: 3 });
    for (let call = 0; call < 1_000; call += 1) budget.deposit(a);
    expect(Array.from({ length: 10 }, () => budget.withdraw(a)).filter(Boolean)).toHaveLength(3);
  });

  it("counts each origin by itself", () => {
    const budget = createRetryBudget({ reserve: 1 });
    expect([budget.withdraw(a), budget.withdraw("https://b.example"), budget.withdraw(a)]).toEqual([
      true,
      true,
      false,
    ]);
  });

  it("forgets the origins that were not used for longest, rather than grow", () => {
    const budget = createRetryBudget({ reserve: 1, ratio: 0 });
    budget.withdraw(a);
    for (let other = 0; other < 999; other += 1) budget.withdraw(`https://${other}.example`);
    expect(budget.withdraw(a)).toBe(false);
    for (let other = 0; other < 1_000; other += 1) budget.withdraw(`https://again-${other}.example`);
    expect(budget.withdraw(a)).toBe(true);
  });

  it.each([
    { ratio: -0.1 },
    { ratio: 1.1 },
    { ratio: Number.NaN },
    { reserve: -1 },
    { reserve: Number.POSITIVE_INFINITY },
  ])("refuses %o", (options) => {
    expect(() => createRetryBudget(options)).toThrow(/must be a number from 0 to/);
  });
});
