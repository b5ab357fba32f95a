import * as z from "zod/mini";
import { type Act, type ActOptions, actArguments, actCall, actFields, toAct } from "../acts/index.ts";
import { type DatabaseClient, isoTime, maxInteger, requireCount, rpc } from "../database/index.ts";
import { validationError } from "../errors/index.ts";

/** `act_credits`: of one refund or adjustment. `day_credits`: what one admin moves so in any 24 hours. */
export type ThresholdName = "act_credits" | "day_credits";

/** The names of all thresholds. */
export const thresholdNames: readonly ThresholdName[] = ["act_credits", "day_credits"];

/** Above so many credits an act needs a second admin. */
export interface ApprovalThreshold {
  name: string;
  credits: number;
  /** ISO 8601, UTC. */
  updatedAt: string;
  updatedBy: string | null;
  updatedByEmail: string | null;
}

/** A threshold that was set, or (with `dryRun`) would be. */
export interface ChangedThreshold extends Act {
  name: string;
  /** In credits; null when there was none. */
  before: number | null;
  after: number | null;
}

const listAnswer = z.object({
  success: z.literal(true),
  thresholds: z.array(
    z.object({
      name: z.string(),
      credits: z.int(),
      updated_at: z.string(),
      updated_by: z.nullable(z.string()),
      updated_by_email: z.nullable(z.string()),
    }),
  ),
});
const side = z.object({ credits: z.nullable(z.int()) });
const setAnswer = z.object({ ...actFields, name: z.string(), before: side, after: side });

/**
 * Lists above how many credits an act needs a second admin. None: no act does.
 *
 * @param db a client of an admin, or with a secret key
 * @param options a signal
 * @returns the thresholds that are set
 * @throws VidopsError ERR_4006 for anybody else than ops
 * @example
 * ```ts
 * const fourEyes = (await listApprovalThresholds(db)).length > 0;
 * ```
 */
export async function listApprovalThresholds(
  db: DatabaseClient,
  options: { signal?: AbortSignal | undefined } = {},
): Promise<ApprovalThreshold[]> {
  const { thresholds } = await rpc(db, "list_approval_thresholds", {}, listAnswer, {
    effect: "read",
    signal: options.signal,
  });
  return thresholds.map((row) => ({
    name: row.name,
    credits: row.credits,
    updatedAt: isoTime(row.updated_at),
    updatedBy: row.updated_by,
    updatedByEmail: row.updated_by_email,
  }));
}

/**
 * Sets above how many credits an act needs a second admin, or takes the threshold away. The first one needs two admins; to
 * raise or to remove one needs a second person.
 *
 * @param db a client with a secret key (then `adminUserId` is needed) or with an admin's access token
 * @param change which threshold, to how many credits (0: every act; null: none), and why
 * @returns the threshold before and after
 * @throws VidopsError ERR_4009 `two_admins_needed` · ERR_4015 it now waits for a second admin · ERR_4008 bad input · ERR_4006
 *   forbidden · ERR_6006 the answer was lost: repeat it
 * @example
 * ```ts
 * await setApprovalThreshold(db, { name: "act_credits", credits: 500, reason: "policy 12", adminUserId });
 * ```
 */
export async function setApprovalThreshold(
  db: DatabaseClient,
  change: {
    name: ThresholdName;
    credits: number | null;
    expectedBefore?: number | null | undefined;
  } & ActOptions,
): Promise<ChangedThreshold> {
  const { name, credits } = change;
  if (!thresholdNames.includes(name))
    throw validationError("name", `is not one of ${thresholdNames.join(", ")}`);
  const row = await rpc(
    db,
    "set_approval_threshold",
    {
      p_name: name,
      p_credits:
        credits === null || credits === 0 ? credits : requireCount("credits", credits, "credits", maxInteger),
      p_expected: change.expectedBefore === undefined ? undefined : { credits: change.expectedBefore },
      ...actArguments(db, change),
    },
    setAnswer,
    actCall(change),
  );
  return { ...toAct(row), name: row.name, before: row.before.credits, after: row.after.credits };
}
