import { describe, expect, it } from "vitest";
import { swapKey } from "./keys.ts";

const keys = {
  publishableKey: "sb_publishable_p",
  secretKey: "sb_secret_s",
  anonKey: "anon.jwt",
  serviceRoleKey: "service.jwt",
};
const user = "Bearer user.jwt";
const browser = "Mozilla/5.0 (X11; Linux x86_64)";

describe("swapKey", () => {
  it.each([
    ["the publishable key alone stands for anon", "sb_publishable_p", null, "Bearer anon.jwt"],
    ["the secret key alone stands for service_role", "sb_secret_s", null, "Bearer service.jwt"],
    [
      "the publishable key as Bearer too is swapped",
      "sb_publishable_p",
      "Bearer sb_publishable_p",
      "Bearer anon.jwt",
    ],
    ["the secret key as Bearer too is swapped", "sb_secret_s", "Bearer sb_secret_s", "Bearer service.jwt"],
    ["the legacy anon key alone stands for itself", "anon.jwt", null, "Bearer anon.jwt"],
    ["the legacy service_role key alone stands for itself", "service.jwt", null, "Bearer service.jwt"],
    ["a user's token is passed on beside any key", "sb_publishable_p", user, user],
    ["a user's token wins over the secret key", "sb_secret_s", user, user],
    [
      "another sb_ key as Bearer is left for the service to refuse",
      "sb_publishable_p",
      "Bearer sb_secret_s",
      "Bearer sb_secret_s",
    ],
  ])("%s", (_, apikey, authorization, expected) => {
    expect(swapKey({ apikey, authorization, userAgent: "node" }, keys)).toEqual({ authorization: expected });
  });

  it.each([
    ["no key", null, null, "node", "No API key found in request"],
    ["an empty key", "", null, "node", "No API key found in request"],
    ["a user's token without a key", null, user, "node", "No API key found in request"],
    ["an unknown key", "sb_secret_other", null, "node", "Invalid API key"],
    ["a user's token as the key", "user.jwt", null, "node", "Invalid API key"],
    [
      "the secret key from a browser",
      "sb_secret_s",
      null,
      browser,
      "Forbidden use of secret API key in browser",
    ],
  ])("refuses %s", (_, apikey, authorization, userAgent, message) => {
    expect(swapKey({ apikey, authorization, userAgent }, keys)).toMatchObject({
      status: 401,
      body: { message },
    });
  });

  it("lets a browser use the publishable key", () => {
    const verdict = swapKey({ apikey: "sb_publishable_p", authorization: null, userAgent: browser }, keys);
    expect(verdict).toEqual({ authorization: "Bearer anon.jwt" });
  });
});
