import {
  type DatabaseClient,
  type RpcOptions,
  requireReason,
  requireRunId,
  requireUuid,
} from "../database/index.ts";
import { validationError } from "../errors/index.ts";

/** What every act of an admin takes besides what it is about. */
export interface ActOptions {
  /** Why, in 1 to 500 characters; stored in the audit trail. */
  reason: string;
  /** The ticket it belongs to, in 1 to 100 characters. */
  ticket?: string | null;
  /** The acting admin; needed with a secret key, which is nobody's. */
  adminUserId?: string | null;
  /** The run to store with it. Default: the client's. */
  runId?: string | null;
  /** Only say what would change. */
  dryRun?: boolean;
  /** Stops the waiting; an act in flight cannot be taken back (ERR_6006). */
  signal?: AbortSignal | undefined;
}

/** The arguments that all acts' SQL functions have in common. */
export interface ActArguments {
  p_reason: string;
  p_ticket: string | undefined;
  p_admin_user_id: string | undefined;
  p_dry_run: boolean;
  p_run_id: string | undefined;
}

/**
 * Checks what all acts have in common and names it as SQL does.
 *
 * @param db the client; its run id is stored unless another is given
 * @param options reason, ticket, who acts
 * @returns arguments to spread into an rpc call
 * @throws VidopsError ERR_4008, before anything is sent
 * @example
 * ```ts
 * rpc(db, "ban_user", { p_user_id: userId, ...actArguments(db, options) }, schema, actCall(options));
 * ```
 */
export function actArguments(db: DatabaseClient, options: ActOptions): ActArguments {
  const { ticket, adminUserId, dryRun = false } = options;
  const runId = options.runId ?? db.runId;
  return {
    p_reason: requireReason(options.reason),
    p_ticket: ticket == null ? undefined : requireTicket(ticket),
    p_admin_user_id: adminUserId == null ? undefined : requireUuid("adminUserId", adminUserId),
    p_dry_run: dryRun,
    p_run_id: runId == null ? undefined : requireRunId(runId),
  };
}

/**
 * How an act is called: a dry run writes nothing, so a lost answer leaves nothing in doubt.
 *
 * @param options whether it is a dry run, and a signal
 * @returns the options of `rpc`
 * @example
 * ```ts
 * actCall({ dryRun: true }); // { effect: "read", signal: undefined }
 * ```
 */
export function actCall(options: Pick<ActOptions, "dryRun" | "signal">): RpcOptions {
  return { effect: options.dryRun ? "read" : "write", signal: options.signal };
}

function requireTicket(value: unknown): string {
  const hint = "Give 1 to 100 characters, e.g. SUP-4711.";
  if (typeof value !== "string" || value.trim() === "") throw validationError("ticket", "is blank", hint);
  const ticket = value.trim();
  const length = [...ticket].length;
  if (length > 100) throw validationError("ticket", `is ${length} characters long`, hint);
  if (ticket.includes("\0") || !ticket.isWellFormed())
    throw validationError("ticket", "holds characters that cannot be stored", hint);
  return ticket;
}
