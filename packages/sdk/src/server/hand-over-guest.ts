import { isVidopsError, VidopsError } from "@vidops/core/errors";
import { handOverGuest as handOver, type TokenUser, verifyToken } from "@vidops/core/users";
import * as z from "zod/mini";
import { badField } from "./bad-field.ts";
import { type EndpointContext, jsonAnswer, userEndpoint } from "./endpoint.ts";
import { jsonBody } from "./json-body.ts";
import { parseFields } from "./parse-fields.ts";

const handOverBody = z.strictObject({ guest_token: z.string().check(z.minLength(1), z.maxLength(16_384)) });

const hint = "Send the guest's own access token, refreshed if it has expired.";

/**
 * Makes the handler of `hand-over-guest`: credits and videos of a guest go to the account that the same person signed in to, once.
 * Both are proved by their tokens: the account's in `Authorization`, the guest's in the body.
 */
export function handOverGuest(context: EndpointContext): (request: Request) => Promise<Response> {
  const plan = { name: "hand-over-guest", methods: ["POST"] };
  return userEndpoint(context, plan, async (request, user) => {
    const { guest_token } = parseFields(handOverBody, await jsonBody(request), { guest_token: hint });
    if (user.isAnonymous) throw notAnAccount();
    const guest = await guestOf(guest_token, context);
    if (guest.id === user.id)
      throw badField({ field: "guest_token", fault: "is of the account itself", hint });
    const moved = await handOver(context.db, { guestId: guest.id, userId: user.id, email: user.email });
    return jsonAnswer({
      credits_moved: moved.creditsMoved,
      jobs_moved: moved.jobsMoved,
      credits_remaining: moved.creditsRemaining,
      replayed: moved.replayed,
    });
  });
}

/** A guest's bad token is bad input: 401 would have the client renew the account's. */
async function guestOf(token: string, { auth, db }: EndpointContext): Promise<TokenUser> {
  try {
    return await verifyToken(token, { auth, timeoutMs: db.timeoutMs });
  } catch (error) {
    if (!isVidopsError(error) || error.code !== "ERR_4005") throw error;
    throw badField({ field: "guest_token", fault: "is not valid, or not any more", hint, cause: error });
  }
}

function notAnAccount(): VidopsError {
  return new VidopsError({
    code: "ERR_4009",
    reason: "not_an_account",
    message: "The token in Authorization is a guest's.",
    hint: "Sign in to the account first, and send its token there.",
  });
}
