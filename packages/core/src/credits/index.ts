export { addCredits, type CreditGrant, type CreditsAdded } from "./add.ts";
export { type AdjustedCredits, adjustCredits, type CreditAdjustment } from "./adjust.ts";
export {
  auditCredits,
  type CreditAudit,
  type FreeVideo,
  type LedgerProof,
} from "./audit.ts";
export { type AuditProgress, auditAllCredits } from "./audit-all.ts";
export { type CreditBalance, creditBalance } from "./balance.ts";
export { type CreditCharge, type CreditsDeducted, deductCredits } from "./deduct.ts";
export { type CreditEntry, type CreditHistory, type CreditHistoryQuery, creditHistory } from "./history.ts";
export { type Refund, type RefundRequest, refundCredits } from "./refund.ts";
