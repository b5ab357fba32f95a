import * as z from "zod/mini";
import type { LimitScope, LimitState } from "./decision.ts";

/** What the database says of one limit. */
export interface LimitStateRow {
  name: string;
  per: LimitScope;
  subject: string | null;
  limit: number;
  window_seconds: number;
  remaining: number;
  allowed: boolean;
  retry_after_ms: number;
  reset_at: string;
  reset_after_ms: number;
}

const whole = z.int().check(z.nonnegative());
/** Checks what the database says of one limit. */
export const limitStateRow: z.ZodMiniType<LimitStateRow> = z
  .object({
    name: z.string(),
    per: z.enum(["ip", "user", "global", "key"]),
    subject: z.nullable(z.string()),
    window_seconds: z.int().check(z.positive()),
    limit: z.int().check(z.positive()),
    remaining: whole,
    allowed: z.boolean(),
    retry_after_ms: whole,
    reset_at: z.iso.datetime({ offset: true }),
    reset_after_ms: whole,
  })
  // What is refused fits later, and no more is left than there is.
  .check(z.refine((row) => row.remaining <= row.limit && (row.allowed || row.retry_after_ms > 0)));

/** Renames a row's columns. */
export function toLimitState(row: LimitStateRow): LimitState {
  return {
    name: row.name,
    per: row.per,
    subject: row.subject,
    limit: row.limit,
    windowSeconds: row.window_seconds,
    remaining: row.remaining,
    allowed: row.allowed,
    retryAfterMs: row.retry_after_ms,
    // Postgres writes microseconds and the offset of its time zone.
    resetAt: new Date(row.reset_at).toISOString(),
    resetAfterMs: row.reset_after_ms,
  };
}
