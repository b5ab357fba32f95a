import type { DatabaseClient } from "@vidops/core/database";
import { VidopsError } from "@vidops/core/errors";
import { createPostgresStore } from "@vidops/core/rate-limit";

/** After how long a lease whose holder died is free again, in seconds. */
const leaseSeconds = 20;
/** How long work may take, in ms: well within the lease. */
const workMs = 12_000;
/** How long is waited for others, in ms. */
const patienceMs = 8_000;

/**
 * Does work that one at a time may do, of all requests in all processes: a rate limit of one that is given back. The lease is
 * free again at the latest 20 s after its holder died.
 *
 * @param db a client with a secret key
 * @param action what is done; leases of different actions do not wait for each other
 * @param work is told by a signal to stop after 12 s
 * @returns what the work gives
 * @throws VidopsError ERR_6008 (503, Retry-After) when others took too long; nothing was done · what the work throws
 * @example
 * ```ts
 * const first = await underLease(db, "device_claim", (signal) => claim(signal));
 * ```
 */
export async function underLease<T>(
  db: DatabaseClient,
  action: string,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const store = createPostgresStore(db);
  const reservation = await take(store, action);
  try {
    return await work(AbortSignal.timeout(workMs));
  } finally {
    // One that cannot be given back ends by itself.
    await store.release(reservation).catch(() => {});
  }
}

async function take(store: ReturnType<typeof createPostgresStore>, action: string): Promise<string> {
  const one = {
    name: "lease",
    per: "global",
    key: null,
    maxRequests: 1,
    windowSeconds: leaseSeconds,
  } as const;
  const request = {
    action,
    ip: null,
    userId: null,
    limits: [one],
    cost: 1,
    reserve: true,
    unloggedDenials: 0,
  };
  for (const end = Date.now() + patienceMs; Date.now() < end; ) {
    const { reservation } = await store.take(request);
    if (reservation !== null) return reservation;
    await new Promise((resolve) => setTimeout(resolve, 50 + 150 * Math.random()));
  }
  throw new VidopsError({
    code: "ERR_6008",
    reason: "lease_taken",
    message: `Others were at ${action} for too long.`,
    retryable: true,
    details: { retry_after: 2 },
  });
}
