import * as z from "zod/mini";
import type { ActArguments } from "../acts/index.ts";
import { type DatabaseClient, rpc } from "../database/index.ts";
import type { CleanupTarget } from "./cleanup-targets.ts";

/** One bounded piece of a cleanup: one request, one transaction. */
export interface Batch {
  olderThanSeconds: number;
  batchSize: number;
  dryRun: boolean;
  /** `nextAfter` of the batch before: spares the database the index entries that were deleted a moment ago. */
  after: string | null;
  /** What the audit is told. */
  audit: ActArguments;
}

/** What one batch did. */
export interface BatchResult {
  deleted: number;
  /** On a dry run, the rows that would go; else null. */
  wouldDelete: number | null;
  more: boolean;
  /** True when another cleanup of this table is at work: nothing was deleted. */
  busy: boolean;
  nextAfter: string | null;
  /** ISO 8601, UTC. */
  cutoff: string | null;
  /** The audit row; null when nothing was deleted. */
  actionId: string | null;
}

/** What SQL says of a batch. */
export const batchAnswer: z.ZodMiniType<BatchAnswer> = z.object({
  success: z.literal(true),
  deleted: z.int(),
  more: z.boolean(),
  busy: z._default(z.boolean(), false),
  would_delete: z._default(z.nullable(z.int()), null),
  next_after: z._default(z.nullable(z.string()), null),
  cutoff: z._default(z.nullable(z.string()), null),
  action_id: z.nullable(z.union([z.number(), z.string()])),
});

interface BatchAnswer {
  success: true;
  deleted: number;
  more: boolean;
  busy: boolean;
  would_delete: number | null;
  next_after: string | null;
  cutoff: string | null;
  action_id: number | string | null;
}

/** Deletes (or counts) one batch. It takes no signal: a batch that runs is let finish, so its count is known. */
export async function deleteBatch(
  db: DatabaseClient,
  target: { readonly rpc: NonNullable<CleanupTarget["rpc"]> },
  batch: Batch,
): Promise<BatchResult> {
  const { audit } = batch;
  const result = await rpc(
    db,
    // The names stand in cleanup-targets.ts.
    target.rpc,
    {
      p_older_than_seconds: batch.olderThanSeconds,
      p_batch_size: batch.batchSize,
      p_after: batch.after ?? undefined,
      p_reason: audit.p_reason,
      p_ticket: audit.p_ticket,
      p_admin_user_id: audit.p_admin_user_id,
      p_run_id: audit.p_run_id,
      p_dry_run: batch.dryRun,
    },
    batchAnswer,
    { effect: batch.dryRun ? "read" : "write" },
  );
  return toBatchResult(result);
}

/** Names the answer's fields as TypeScript does. */
export function toBatchResult(result: BatchAnswer): BatchResult {
  return {
    deleted: result.deleted,
    wouldDelete: result.would_delete,
    more: result.more,
    busy: result.busy,
    nextAfter: result.next_after,
    cutoff: result.cutoff === null ? null : new Date(result.cutoff).toISOString(),
    actionId: result.action_id === null ? null : String(result.action_id),
  };
}
