export type { ActEffect } from "./act-effect.ts";
export { type ActionType, actionTypes } from "./action-types.ts";
export type { AdminAction } from "./admin-action.ts";
export type { AdminApproval, ApprovalStatus } from "./admin-approval.ts";
export {
  type ApprovalThreshold,
  type ChangedThreshold,
  listApprovalThresholds,
  setApprovalThreshold,
  type ThresholdName,
  thresholdNames,
} from "./approval-thresholds.ts";
export type { ChainFault, ChainFaultKind } from "./chain-fault.ts";
export {
  type ApprovalDecision,
  type ApprovedRequest,
  approveRequest,
  type RejectedRequest,
  rejectRequest,
} from "./decide-approval.ts";
export { type Admin, findAdmin } from "./find-admin.ts";
export { type AdminActionReport, getAdminAction } from "./get-action.ts";
export { type ApprovalReport, getApproval } from "./get-approval.ts";
export { type AdminActionPage, type AdminActionQuery, listAdminActions } from "./list-actions.ts";
export { type ApprovalPage, type ApprovalQuery, listApprovals } from "./list-approvals.ts";
export { type ChainPlace, chainStart, readChainHead } from "./read-chain.ts";
export { type AdminAuthClient, requireAdmin } from "./require-admin.ts";
export { type UndoneAction, undoAdminAction } from "./undo-action.ts";
export {
  type ChainVerification,
  type ChainVerificationOptions,
  verifyAdminActions,
} from "./verify-actions.ts";
