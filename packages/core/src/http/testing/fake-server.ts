import type { RetryConfig } from "../index.ts";

export const url = "https://api.example.com/videos?key=secret";
export const quick = { initialDelay: 1, jitter: "none" } as const;
export const lost = (): Error =>
  new TypeError("fetch failed", { cause: Object.assign(new Error("reset"), { code: "ECONNRESET" }) });
export const refused = (): Error =>
  new TypeError("fetch failed", { cause: Object.assign(new Error("no"), { code: "ECONNREFUSED" }) });
export const answer = (
  status: number,
  headers: Record<string, string> = {},
  body: BodyInit | null = null,
): Response => new Response(body, { status, headers });

export type Outcome = Response | Error | number;

/** A server that answers in turn; a number is a status, an error is thrown. The last one is repeated. */
export function server(...outcomes: Outcome[]): {
  fetch: RetryConfig["fetch"];
  sent: { input: unknown; init: RequestInit }[];
} {
  const sent: { input: unknown; init: RequestInit }[] = [];
  return {
    sent,
    fetch: async (input, init = {}) => {
      sent.push({ input, init });
      const outcome = outcomes[Math.min(sent.length, outcomes.length) - 1] ?? 200;
      if (outcome instanceof Error) throw outcome;
      return typeof outcome === "number" ? answer(outcome) : outcome;
    },
  };
}

/** Time that passes only while somebody waits, and then at once. */
export function virtualClock(): { clock: RetryConfig["clock"]; waits: number[] } {
  let now = Date.UTC(2026, 10, 25);
  const waits: number[] = [];
  return {
    waits,
    clock: {
      now: () => now,
      setTimeout: (callback, ms) => {
        const timer = { cleared: false };
        waits.push(ms);
        setTimeout(() => {
          if (timer.cleared) return;
          now += ms;
          callback();
        });
        return timer;
      },
      clearTimeout: (timer) => {
        if (timer !== null) (timer as { cleared: boolean }).cleared = true;
      },
    },
  };
}

export const keyOf = ({ init }: { init: RequestInit }): string | null =>
  new Headers(init.headers).get("idempotency-key");
