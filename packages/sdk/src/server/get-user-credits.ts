import { getProfile } from "@vidops/core/users";
import { type EndpointContext, jsonAnswer, userEndpoint } from "./endpoint.ts";

/** Makes the handler of `get-user-credits`: what the user has left, and all that was ever granted or bought. */
export function getUserCredits(context: EndpointContext): (request: Request) => Promise<Response> {
  return userEndpoint(context, { name: "get-user-credits", methods: ["GET"] }, async (request, { id }) => {
    const { creditsRemaining, creditsTotal } = await getProfile(context.db, {
      userId: id,
      signal: request.signal,
    });
    return jsonAnswer({ credits_remaining: creditsRemaining, credits_total: creditsTotal });
  });
}
