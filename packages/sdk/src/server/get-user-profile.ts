import { describeRequest } from "@vidops/core/error-log";
import { languages } from "@vidops/core/errors";
import { getProfile, updateProfile } from "@vidops/core/users";
import * as z from "zod/mini";
import { type EndpointContext, jsonAnswer, userEndpoint } from "./endpoint.ts";
import { jsonBody } from "./json-body.ts";
import { parseFields } from "./parse-fields.ts";
import { profileAnswer } from "./profile-answer.ts";
import { textField } from "./text-field.ts";

const changeBody = z
  .strictObject({ language: z.optional(z.enum(languages)), theme_preference: z.optional(textField(40)) })
  .check(
    z.refine(({ language, theme_preference }) => language !== undefined || theme_preference !== undefined, {
      path: ["language"],
    }),
  );

const hints = {
  language: `Send one of ${languages.join(", ")}, or a theme_preference.`,
  theme_preference: "Send 1 to 40 characters, e.g. dark.",
};

/** Makes the handler of `get-user-profile`: GET reads the profile, PATCH changes language and theme, and nothing else. */
export function getUserProfile(context: EndpointContext): (request: Request) => Promise<Response> {
  const plan = { name: "get-user-profile", methods: ["GET", "PATCH"] };
  return userEndpoint(context, plan, async (request, { id: userId }) => {
    if (request.method === "GET") {
      const profile = await getProfile(context.db, { userId, signal: request.signal });
      return jsonAnswer({ profile: profileAnswer(profile) });
    }
    const change = parseFields(changeBody, await jsonBody(request), hints);
    describeRequest(request, { requestData: change });
    const { language, theme_preference: themePreference } = change;
    const profile = await updateProfile(context.db, { userId, language, themePreference });
    return jsonAnswer({ profile: profileAnswer(profile) });
  });
}
