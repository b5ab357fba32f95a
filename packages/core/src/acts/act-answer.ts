import * as z from "zod/mini";

/** Why an act needs a second person. */
export interface NeededApproval {
  /** The threshold that is passed (`act_credits`, `day_credits`), or the kind of act that always needs one (`admin_grant`, `user_unban`, `approval_threshold`). */
  threshold: string;
  /** In credits; null when the kind of act needs it whatever the amount. */
  limit: number | null;
  /** In credits: of this act, or of the operator's 24 hours with it. */
  requested: number | null;
}

/** What every act answers. */
export interface Act {
  /** The audit row; null when nothing was changed. */
  actionId: string | null;
  /** False when it was so before. */
  changed: boolean;
  dryRun: boolean;
  /** Who acted. */
  adminUserId: string | null;
  /** On a dry run: what the act itself will meet. Null when no second person is needed. */
  needsApproval: NeededApproval | null;
}

/** The fields of an act's answer as SQL sends them, to spread into a schema. */
export const actFields: {
  success: z.ZodMiniLiteral<true>;
  action_id: z.ZodMiniNullable<z.ZodMiniUnion<readonly [z.ZodMiniNumber, z.ZodMiniString]>>;
  changed: z.ZodMiniBoolean;
  dry_run: z.ZodMiniBoolean;
  admin_user_id: z.ZodMiniNullable<z.ZodMiniString>;
  needs_approval: z.ZodMiniNullable<
    z.ZodMiniObject<{
      threshold: z.ZodMiniString;
      limit: z.ZodMiniNullable<z.ZodMiniNumber>;
      requested: z.ZodMiniNullable<z.ZodMiniNumber>;
    }>
  >;
} = {
  success: z.literal(true),
  action_id: z.nullable(z.union([z.number(), z.string()])),
  changed: z.boolean(),
  dry_run: z.boolean(),
  admin_user_id: z.nullable(z.string()),
  needs_approval: z.nullable(
    z.object({ threshold: z.string(), limit: z.nullable(z.number()), requested: z.nullable(z.number()) }),
  ),
};

/** The fields of {@link actFields} once they are checked. */
export interface ActRow {
  action_id: number | string | null;
  changed: boolean;
  dry_run: boolean;
  admin_user_id: string | null;
  needs_approval: { threshold: string; limit: number | null; requested: number | null } | null;
}

/**
 * Names an act's common fields as TypeScript does.
 *
 * @param row the checked answer
 * @returns the act; its id is a text, as ids are everywhere
 * @example
 * ```ts
 * return { ...toAct(answer), userId: answer.user_id };
 * ```
 */
export function toAct(row: ActRow): Act {
  return {
    actionId: row.action_id === null ? null : String(row.action_id),
    changed: row.changed,
    dryRun: row.dry_run,
    adminUserId: row.admin_user_id,
    needsApproval: row.needs_approval,
  };
}
