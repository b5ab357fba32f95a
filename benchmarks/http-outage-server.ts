import type { VirtualTime } from "./http-virtual-time.ts";

/** When a server is down, and what it can bear. Times in ms, capacities in requests a second. */
export interface Outage {
  readonly downAt: number;
  readonly upAt: number;
  /** Refuses with 503 within 20 ms, or takes the request and never answers. */
  readonly whileDown: "fails fast" | "times out";
  readonly capacityBefore: number;
  readonly capacityAfter: number;
  /** So many wait their turn; one more is refused with 503. */
  readonly queue: number;
}

/** A server in virtual time that answers in turn. */
export interface OutageServer {
  readonly fetch: (input: string | URL | Request, init?: RequestInit) => Promise<Response>;
  /** When each request came. */
  readonly requests: number[];
}

const LATENCY = 20;

/**
 * Makes the server. A request whose client gave up keeps its turn: servers seldom notice, and that wasted work is what
 * keeps an overloaded one from recovering.
 */
export function createOutageServer(time: VirtualTime, outage: Outage): OutageServer {
  const requests: number[] = [];
  let free = 0;

  /** When the answer leaves, and its status; null when none ever does. */
  const answer = (now: number): { at: number; status: number } | null => {
    const down = now >= outage.downAt && now < outage.upAt;
    const lost = outage.whileDown === "times out" ? null : { at: now + LATENCY, status: 503 };
    if (down) {
      free = outage.upAt;
      return lost;
    }
    const each = 1000 / (now < outage.downAt ? outage.capacityBefore : outage.capacityAfter);
    const turn = Math.max(now, free);
    if (turn - now > outage.queue * each) return { at: now + LATENCY, status: 503 };
    free = turn + each;
    // Whatever is in the queue when it goes down is lost with it.
    if (now < outage.downAt && free >= outage.downAt) return lost;
    return { at: free + LATENCY, status: 200 };
  };

  return {
    requests,
    fetch: (input, init) => {
      const now = time.now();
      requests.push(now);
      const signal = init?.signal ?? (input instanceof Request ? input.signal : null);
      const reply = answer(now);
      return new Promise((resolve, reject) => {
        const onAbort = (): void => reject(signal?.reason);
        signal?.addEventListener("abort", onAbort, { once: true });
        if (reply === null) return;
        time.setTimeout(() => {
          signal?.removeEventListener("abort", onAbort);
          resolve(new Response(null, { status: reply.status }));
        }, reply.at - now);
      });
    },
  };
}
