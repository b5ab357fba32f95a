import type { Clock } from "../ask-store.ts";
import type { LimitState, RateLimitStore, TakeAnswer, TakeRequest } from "../index.ts";

/** A limit of 10 an hour, as it stands. */
export function state(over: Partial<LimitState> = {}): LimitState {
  return {
    name: "per_ip",
    per: "ip",
    subject: "203.0.113.7",
    limit: 10,
    windowSeconds: 3_600,
    remaining: 9,
    allowed: true,
    retryAfterMs: 0,
    resetAt: "2026-11-25T13:00:00.000Z",
    resetAfterMs: 3_600_000,
    ...over,
  };
}

export const allowing = (...limits: readonly LimitState[]): TakeAnswer => ({
  allowed: true,
  limits: limits.length > 0 ? limits : [state()],
  reservation: null,
});

/** A denial by one limit for so long. */
export const denying = (retryAfterMs: number, over: Partial<LimitState> = {}): TakeAnswer => ({
  allowed: false,
  limits: [state({ allowed: false, remaining: 0, retryAfterMs, resetAfterMs: retryAfterMs, ...over })],
  reservation: null,
});

type Step = unknown | Error | ((signal: AbortSignal | undefined) => Promise<TakeAnswer>);

/** A store that answers in turn, and throws the errors; the last step is repeated. */
export function scriptedStore(...steps: readonly Step[]): RateLimitStore & { readonly asked: TakeRequest[] } {
  const asked: TakeRequest[] = [];
  const next = async (signal: AbortSignal | undefined): Promise<never> => {
    const step = steps[Math.min(asked.length, steps.length) - 1];
    if (step instanceof Error) throw step;
    return (typeof step === "function" ? step(signal) : step) as never;
  };
  return {
    asked,
    take: (request, signal) => {
      asked.push(request);
      return next(signal);
    },
    peek: (request, signal) => {
      asked.push({ ...request, reserve: false, unloggedDenials: 0 });
      return next(signal);
    },
    reset: async () => true,
    commit: async () => ({ changed: true }),
    release: async () => ({ changed: true }),
  };
}

/** Time that passes when it is told to. `timers` are those that were set and not cleared. */
export function manualClock(): Clock & { pass(ms: number): void; readonly timers: Set<object> } {
  let now = 5_000;
  const timers = new Set<{ at: number; callback: () => void }>();
  return {
    timers,
    now: () => now,
    setTimeout: (callback, ms) => {
      const timer = { at: now + ms, callback };
      timers.add(timer);
      return timer;
    },
    clearTimeout: (timer) => {
      timers.delete(timer as { at: number; callback: () => void });
    },
    pass: (ms) => {
      now += ms;
      for (const timer of timers) {
        if (timer.at > now) continue;
        timers.delete(timer);
        timer.callback();
      }
    },
  };
}

/** A request as a proxy hands it on, from an address of the Internet. */
export function requestFrom(address: string | null, init: RequestInit = {}): Request {
  const headers = new Headers(init.headers);
  if (address !== null) headers.set("cf-connecting-ip", address);
  return new Request("https://app.example/videos", { method: "POST", ...init, headers });
}
