import { describe, expect, it } from "vitest";
import { type CircuitBreaker, createCircuitBreaker } from "./index.ts";

const a = "https://a.example";

function opened(): { breaker: CircuitBreaker; pass(ms: number): void } {
  let now = 0;
  const breaker = createCircuitBreaker({ failures: 2, cooldown: 1_000, now: () => now });
  for (let failure = 0; failure < 2; failure += 1) {
    breaker.admit(a);
    breaker.record(a, false);
  }
  return {
    breaker,
    pass: (ms) => {
      now += ms;
    },
  };
}

describe("a circuit breaker", () => {
  it("leaves an origin alone after so many failures, and says for how long", () => {
    const { breaker, pass } = opened();
    pass(400);
    expect(() => breaker.admit(a)).toThrow(
      expect.objectContaining({
        code: "ERR_5002",
        reason: "circuit_open",
        sent: "not_sent",
        details: { retry_after: 1 },
      }),
    );
    expect(() => breaker.admit("https://b.example")).not.toThrow();
  });

  it("lets one request try after the cooldown, and all when it succeeds", () => {
    const { breaker, pass } = opened();
    pass(1_000);
    breaker.admit(a);
    expect(() => breaker.admit(a)).toThrow("keeps failing");
    breaker.record(a, true);
    breaker.admit(a);
    breaker.admit(a);
  });

  it("waits again when the one that tried fails", () => {
    const { breaker, pass } = opened();
    pass(1_000);
    breaker.admit(a);
    breaker.record(a, false);
    pass(999);
    expect(() => breaker.admit(a)).toThrow("keeps failing");
    pass(1);
    breaker.admit(a);
  });

  it("lets another one try after each cooldown, whether or not the one before came back", () => {
    const { breaker, pass } = opened();
    pass(1_000);
    breaker.admit(a);
    pass(999);
    expect(() => breaker.admit(a)).toThrow("keeps failing");
    pass(1);
    breaker.admit(a);
  });

  it("is not kept open by a clock that was set back", () => {
    const { breaker, pass } = opened();
    pass(-3_600_000);
    expect(breaker.isOpen(a)).toBe(false);
    breaker.admit(a);
  });

  it("is not kept open by requests that were on the way when it opened", () => {
    const { breaker, pass } = opened();
    pass(900);
    breaker.record(a, false);
    pass(100);
    breaker.admit(a);
  });

  it("counts failures without a success between them", () => {
    const breaker = createCircuitBreaker({ failures: 2 });
    for (const succeeded of [false, true, false, null, true, false]) breaker.record(a, succeeded);
    breaker.admit(a);
    breaker.record(a, false);
    expect(() => breaker.admit(a)).toThrow("keeps failing");
  });

  it.each([{ failures: 0 }, { failures: 1.5 }, { cooldown: -1 }, { cooldown: Number.POSITIVE_INFINITY }])(
    "refuses %o",
    (options) => {
      expect(() => createCircuitBreaker(options)).toThrow(/must be a/);
    },
  );
});
