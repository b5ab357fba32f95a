import * as z from "zod/mini";
import { type DatabaseClient, requireCount, rpc } from "../database/index.ts";

/** Which jobs to give up. */
export interface GenerationExpiry {
  /** Jobs that have been pending or processing for longer, in seconds from 60. Default: a day. */
  olderThanSeconds?: number;
  /** Jobs a call, 1 to 1000. Default 100. */
  limit?: number;
  signal?: AbortSignal | undefined;
}

/** What was given up. */
export interface GenerationsExpired {
  expired: { jobId: string; userId: string; creditsRefunded: number }[];
  /** Jobs that something of the project's own stands in the way of, e.g. a trigger; they stay as they are. */
  skipped: { jobId: string; why: string }[];
  /** True when there may be more: call again. */
  more: boolean;
}

const answer = z.object({
  success: z.literal(true),
  expired: z.array(z.object({ job_id: z.string(), user_id: z.string(), credits_refunded: z.int() })),
  skipped: z.array(z.object({ job_id: z.string(), why: z.string() })),
  more: z.boolean(),
});

/**
 * Fails and refunds the jobs that never ended, the oldest first, without asking any provider: the last resort after
 * `sweepGenerations`. A video that comes all the same is delivered free.
 *
 * @param db a client with a secret key
 * @param expiry how old, and how many
 * @returns what was refunded
 * @throws VidopsError ERR_4008 bad input · ERR_6006 the answer was lost: repeat it
 * @example
 * ```ts
 * while ((await expireGenerations(db)).more);
 * ```
 */
export async function expireGenerations(
  db: DatabaseClient,
  { olderThanSeconds, limit, signal }: GenerationExpiry = {},
): Promise<GenerationsExpired> {
  const row = await rpc(
    db,
    "expire_generations",
    {
      p_older_than_seconds:
        olderThanSeconds === undefined
          ? undefined
          : requireCount("olderThanSeconds", olderThanSeconds, "seconds", 31_622_400),
      p_limit: limit === undefined ? undefined : requireCount("limit", limit, "jobs", 1_000),
    },
    answer,
    { effect: "write", signal },
  );
  return {
    expired: row.expired.map(({ job_id, user_id, credits_refunded }) => ({
      jobId: job_id,
      userId: user_id,
      creditsRefunded: credits_refunded,
    })),
    skipped: row.skipped.map(({ job_id, why }) => ({ jobId: job_id, why })),
    more: row.more,
  };
}
