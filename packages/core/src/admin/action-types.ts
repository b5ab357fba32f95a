/** What an admin can have done, as the audit trail names it. */
export const actionTypes = [
  "credit_refund",
  "credit_adjustment",
  "model_disable",
  "model_enable",
  "model_price",
  "model_feature",
  "model_unfeature",
  "user_ban",
  "user_unban",
  "admin_grant",
  "admin_revoke",
  "rate_limit_reset",
  "rate_limit_rule",
  "cleanup",
  "approval_threshold",
  "approval_request",
  "approval_reject",
  "job_fail",
  "job_retry",
] as const;

/** One of {@link actionTypes}. */
export type ActionType = (typeof actionTypes)[number];
