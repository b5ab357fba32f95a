import { addCredits } from "@vidops/core/credits";
import { type DatabaseClient, read } from "@vidops/core/database";
import { describeRequest } from "@vidops/core/error-log";
import { VidopsError } from "@vidops/core/errors";
import * as z from "zod/mini";
import { type EndpointContext, jsonAnswer, userEndpoint } from "./endpoint.ts";
import { jsonBody } from "./json-body.ts";
import { parseFields } from "./parse-fields.ts";
import type { PurchaseVerifier } from "./purchase-verifier.ts";

/** What is sold, and who says that it was. */
export interface PurchaseOptions {
  readonly verifier: PurchaseVerifier;
  /** The credits that each product of the store gives. */
  readonly products: Readonly<Record<string, number>>;
}

const purchaseBody = z.strictObject({ transaction: z.string().check(z.minLength(1)) });

/**
 * Makes the handler of `purchase-credits`: `{transaction}`, as the store signed it. Each transaction gives its credits once, ever: sent
 * again by its user it answers the same balance with `replayed`, and anybody else is refused.
 */
export function purchaseCredits(
  context: EndpointContext,
  purchases: PurchaseOptions | null,
): (request: Request) => Promise<Response> {
  const plan = { name: "purchase-credits", methods: ["POST"] };
  return userEndpoint(context, plan, async (request, { id: userId }) => {
    if (purchases === null) throw refusal("ERR_4007", "purchases_not_configured", "Nothing is sold here.");
    const hints = { transaction: "Send what the store signed, as the store gave it." };
    const { transaction } = parseFields(purchaseBody, await jsonBody(request), hints);
    const purchase = await purchases.verifier.verify(transaction);
    const { store, transactionId, productId, quantity } = purchase;
    describeRequest(request, {
      requestData: { store, transaction_id: transactionId, product_id: productId },
    });
    if (purchase.revoked) throw refusal("ERR_4009", "purchase_revoked", "The store took the purchase back.");
    if (!(await isFor(userId, purchase.userId, context.db)))
      throw refusal("ERR_4009", "purchase_of_another_user", "The purchase was made for another user.");
    const credits = Object.hasOwn(purchases.products, productId) ? purchases.products[productId] : undefined;
    // It is paid: the app has to be told of the product, and the client sends it again.
    if (credits === undefined)
      throw refusal("ERR_6003", "product_unknown", "Nobody said how many credits the product gives.");
    const added = await addCredits(context.db, {
      ...{ userId, amount: credits * quantity, reason: "purchase" },
      transactionId: `${store}:${transactionId}`,
    });
    const body = {
      ...{ transaction_id: transactionId, product_id: productId },
      credits_added: added.creditsAdded,
      credits_remaining: added.creditsRemaining,
      replayed: added.replayed,
    };
    return jsonAnswer(body, { headers: added.replayed ? { "x-idempotent-replay": "true" } : {} });
  });
}

/** Whether a purchase that names a user is this user's: also one that was made as the guest who is this account now. */
async function isFor(userId: string, named: string | null, db: DatabaseClient): Promise<boolean> {
  if (named === null || named === userId) return true;
  const query = read(db, (client) => client.from("users").select("handed_over_to").eq("id", named), guestRow);
  return (await query)[0]?.handed_over_to === userId;
}

const guestRow = z.object({ handed_over_to: z.nullable(z.string()) });

function refusal(code: "ERR_4007" | "ERR_4009" | "ERR_6003", reason: string, message: string): VidopsError {
  return new VidopsError({ code, reason, message });
}
