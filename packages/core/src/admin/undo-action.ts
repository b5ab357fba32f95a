import * as z from "zod/mini";
import { type Act, type ActOptions, actArguments, actCall, actFields, toAct } from "../acts/index.ts";
import { type DatabaseClient, rpc } from "../database/index.ts";
import { type ActEffect, effectRow, toEffect } from "./act-effect.ts";
import { requireId } from "./admin-action.ts";

/** An undo, done or (with `dryRun`) only looked at. */
export interface UndoneAction extends Act, ActEffect {
  /** The act that was undone. */
  undoes: string;
  /** Its kind. */
  undoneActionType: string;
  /** True when credits were spent meanwhile and only what was left was taken. */
  partial: boolean;
}

const answer = z.intersection(
  effectRow,
  z.object({
    ...actFields,
    undoes: z.union([z.number(), z.string()]),
    undone_action_type: z.string(),
    partial: z.boolean(),
  }),
);

/**
 * Makes the act that compensates another, linked to it, in one request. Once for each act, and only while what it left is
 * still there.
 *
 * @param db a client with a secret key (then `adminUserId` is needed) or with an admin's access token
 * @param undo which act, why, and whether to take what is left where credits were spent meanwhile
 * @returns the compensating act
 * @throws VidopsError ERR_4009 with the reason `already_undone`, `cannot_undo` or `state_changed_since` · ERR_4001
 *   `credits_already_spent` · ERR_4007 no such act · ERR_4015 it now waits for a second admin · ERR_4008 bad input ·
 *   ERR_4006 forbidden · ERR_6006 the answer was lost: repeat it
 * @example
 * ```ts
 * await undoAdminAction(db, { actionId: "4711", reason: "wrong user", adminUserId });
 * ```
 */
export async function undoAdminAction(
  db: DatabaseClient,
  undo: { actionId: string; partial?: boolean } & ActOptions,
): Promise<UndoneAction> {
  const row = await rpc(
    db,
    "undo_admin_action",
    {
      p_action_id: requireId("actionId", undo.actionId),
      p_partial: undo.partial ?? false,
      ...actArguments(db, undo),
    },
    answer,
    actCall(undo),
  );
  return {
    ...toAct(row),
    ...toEffect(row),
    undoes: String(row.undoes),
    undoneActionType: row.undone_action_type,
    partial: row.partial,
  };
}
