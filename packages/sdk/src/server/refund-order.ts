import type { Refund, RefundRequest } from "@vidops/core/credits";
import * as z from "zod/mini";
import { contentKey, idempotencyKey } from "./idempotency-key.ts";
import { jsonBody } from "./json-body.ts";
import { parseFields } from "./parse-fields.ts";
import { textField } from "./text-field.ts";

/** A reason of 500 characters, each written as an escaped surrogate pair, has 6000 bytes. */
const maxBytes = 16_384;

const orderBody = z
  .strictObject({
    user_id: z.optional(z.uuid()),
    job_id: z.optional(z.nullable(z.uuid())),
    amount: z.optional(z.nullable(z.int().check(z.gte(1), z.lte(2_147_483_647)))),
    reason: textField(500),
    reason_code: z.optional(z.nullable(z.string().check(z.regex(/^[a-z][a-z0-9_]{0,39}$/)))),
    ticket: z.optional(z.nullable(textField(100))),
  })
  .check(
    z.refine(({ user_id, job_id }) => user_id != null || job_id != null, { path: ["user_id"] }),
    // Nothing bounds what is given to a user without a job.
    z.refine(({ job_id, amount }) => job_id != null || amount != null, { path: ["amount"] }),
  );

const hints = {
  user_id: "Send the user's id, or a job_id.",
  amount: "Send credits from 1 on; with a job_id it may be left out.",
  reason: "Say why, in 1 to 500 characters.",
};

/** What an admin orders, ready to be carried out. */
export interface RefundOrder {
  readonly request: RefundRequest & { readonly idempotencyKey: string };
  /** Whether the client named the key; else it was made of the content. */
  readonly keyed: boolean;
}

/**
 * Reads the order of a refund: the body `{user_id, amount, reason}` with, if wanted, `job_id`, `reason_code` and `ticket`, and
 * the header `Idempotency-Key`.
 *
 * @param request with the body not yet read
 * @returns the order
 * @throws VidopsError ERR_4008; `details.field` names what is wrong, also a field that nobody knows
 */
export async function readRefundOrder(request: Request): Promise<RefundOrder> {
  const named = idempotencyKey(request.headers);
  const order = parseFields(orderBody, await jsonBody(request, maxBytes), hints);
  const { user_id, job_id, amount, reason, reason_code, ticket } = order;
  const content = [user_id, job_id, amount, reason, reason_code, ticket].map((value) => value ?? null);
  return {
    request: {
      userId: user_id ?? null,
      jobId: job_id ?? null,
      amount: amount ?? null,
      reason,
      reasonCode: reason_code ?? null,
      ticket: ticket ?? null,
      idempotencyKey: named ?? (await contentKey(["admin_refund_credits", ...content])),
    },
    keyed: named !== null,
  };
}

/** The answer of a refund that is done: the two fields it always had, and what else is known. */
export function refundAnswer(refund: Refund): Record<string, unknown> {
  return {
    success: true,
    new_balance: refund.newBalance,
    previous_balance: refund.previousBalance,
    amount: refund.amount,
    user_id: refund.userId,
    job_id: refund.jobId,
    action_id: refund.actionId,
    replayed: refund.replayed,
  };
}
