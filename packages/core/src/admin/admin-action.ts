import * as z from "zod/mini";
import { isoTime } from "../database/index.ts";
import { validationError } from "../errors/index.ts";

/** An act as lists show it. */
export interface AdminAction {
  id: string;
  /** ISO 8601, UTC. */
  createdAt: string;
  /** One of `actionTypes`; a newer database may have more. */
  actionType: string;
  /** Who acted; null for a cleanup that a secret key ran on a schedule. */
  adminUserId: string | null;
  adminEmail: string | null;
  /** Whether the admin had signed in; false: a secret key said who acts. Null in rows from before that was kept. */
  signedIn: boolean | null;
  targetUserId: string | null;
  targetEmail: string | null;
  targetModelId: string | null;
  modelName: string | null;
  targetJobId: string | null;
  /** In credits: what was given, negative for what was taken. */
  amount: number | null;
  /** Of a limit its action, of a threshold its name, of a cleanup its target, of a request the function that is asked for. */
  subject: string | null;
  /** Rows, of a cleanup. */
  deleted: number | null;
  /** What was there before: of most acts an object of the changed fields. */
  before: unknown;
  after: unknown;
  reason: string;
  reasonCode: string | null;
  ticket: string | null;
  runId: string | null;
  /** The act that this one undid. */
  undoes: string | null;
  /** The act that undid this one. */
  undoneBy: string | null;
  /** The second admin, where one was needed. */
  approvedBy: string | null;
  approverEmail: string | null;
  /** The request for approval that this belongs to. */
  approvalId: string | null;
}

const text = z.nullable(z.string());

/** The same as SQL sends it. */
export interface ActionRow {
  id: string;
  created_at: string;
  action_type: string;
  admin_user_id: string | null;
  admin_email: string | null;
  signed_in: boolean | null;
  target_user_id: string | null;
  target_email: string | null;
  target_model_id: string | null;
  model_name: string | null;
  target_job_id: string | null;
  amount: number | null;
  subject: string | null;
  deleted: number | null;
  before?: unknown;
  after?: unknown;
  reason: string | null;
  reason_code: string | null;
  ticket: string | null;
  run_id: string | null;
  undoes: string | null;
  undone_by: string | null;
  approved_by: string | null;
  approver_email: string | null;
  approval_id: string | null;
}

export const actionRow: z.ZodMiniType<ActionRow> = z.object({
  id: z.string(),
  created_at: z.string(),
  action_type: z.string(),
  admin_user_id: text,
  admin_email: text,
  signed_in: z.nullable(z.boolean()),
  target_user_id: text,
  target_email: text,
  target_model_id: text,
  model_name: text,
  target_job_id: text,
  amount: z.nullable(z.int()),
  subject: text,
  deleted: z.nullable(z.int()),
  before: z.unknown(),
  after: z.unknown(),
  reason: text,
  reason_code: text,
  ticket: text,
  run_id: text,
  undoes: text,
  undone_by: text,
  approved_by: text,
  approver_email: text,
  approval_id: text,
});

/** Names a row's fields as TypeScript does. */
export function toAction(row: ActionRow): AdminAction {
  return {
    id: row.id,
    createdAt: isoTime(row.created_at),
    actionType: row.action_type,
    adminUserId: row.admin_user_id,
    adminEmail: row.admin_email,
    signedIn: row.signed_in,
    targetUserId: row.target_user_id,
    targetEmail: row.target_email,
    targetModelId: row.target_model_id,
    modelName: row.model_name,
    targetJobId: row.target_job_id,
    amount: row.amount,
    subject: row.subject,
    deleted: row.deleted,
    before: row.before ?? null,
    after: row.after ?? null,
    reason: row.reason ?? "",
    reasonCode: row.reason_code,
    ticket: row.ticket,
    runId: row.run_id,
    undoes: row.undoes,
    undoneBy: row.undone_by,
    approvedBy: row.approved_by,
    approverEmail: row.approver_email,
    approvalId: row.approval_id,
  };
}

/**
 * Checks the id of an act or of a request. It goes to the database as text: its numbers have more digits than JavaScript's.
 *
 * @throws VidopsError ERR_4008 for what is no whole number above 0
 */
export function requireId(field: string, value: unknown): number {
  const id = typeof value === "number" ? String(value) : value;
  if (typeof id === "string" && /^[1-9]\d{0,18}$/.test(id) && BigInt(id) < 2n ** 63n)
    return id as unknown as number;
  throw validationError(field, "is not an id", "An id is a whole number, e.g. 4711.");
}
