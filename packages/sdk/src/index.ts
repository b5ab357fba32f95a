import {
  addCredits,
  type CreditCharge,
  type CreditGrant,
  type CreditHistory,
  type CreditHistoryQuery,
  type CreditsAdded,
  type CreditsDeducted,
  creditHistory,
  deductCredits,
  type Refund,
  type RefundRequest,
  refundCredits,
} from "@vidops/core/credits";
import { createDatabase, type DatabaseOptions } from "@vidops/core/database";

/** The functions of vidops, bound to one project and one key. Each is the one of `@vidops/core/credits`. */
export interface Vidops {
  addCredits(grant: CreditGrant): Promise<CreditsAdded>;
  deductCredits(charge: CreditCharge): Promise<CreditsDeducted>;
  refundCredits(request: RefundRequest): Promise<Refund>;
  creditHistory(query: CreditHistoryQuery): Promise<CreditHistory>;
}

/**
 * Makes a client of vidops. Nothing is sent yet.
 *
 * @param options the project's URL, a key, and what `createDatabase` of `@vidops/core/database` takes besides
 * @returns typed functions; what they throw is a `VidopsError`
 * @throws VidopsError ERR_4008 when the URL or key is malformed
 * @example
 * ```ts
 * const vidops = createVidops({ url: "https://abc.supabase.co", key: secretKey });
 * await vidops.deductCredits({ userId, amount: 4, jobId, idempotencyKey: requestId });
 * ```
 */
export function createVidops(options: DatabaseOptions): Vidops {
  const db = createDatabase(options);
  return {
    addCredits: (grant) => addCredits(db, grant),
    deductCredits: (charge) => deductCredits(db, charge),
    refundCredits: (request) => refundCredits(db, request),
    creditHistory: (query) => creditHistory(db, query),
  };
}

export { ErrorCode, isVidopsError, VidopsError } from "@vidops/core/errors";
export type {
  CreditCharge,
  CreditGrant,
  CreditHistory,
  CreditHistoryQuery,
  CreditsAdded,
  CreditsDeducted,
  DatabaseOptions,
  Refund,
  RefundRequest,
};
