import { type Document, line, toned } from "../../output/document.ts";
import type { LogoutReport } from "./logout.handler.ts";

/** What became of the login, for people. */
export function logoutView({ url, email, userId, wasSignedIn, revoked }: LogoutReport): Document {
  if (!wasSignedIn) return [line(`Nobody is signed in at ${url}.`)];
  const name = email ?? userId;
  return [
    revoked
      ? line(toned(`Signed out ${name} at ${url}.`, "good"))
      : line(toned(`Deleted the login of ${name} at ${url} from this machine only.`, "warning")),
  ];
}

/** The same as JSON data. */
export function logoutData({
  url,
  email,
  userId,
  wasSignedIn,
  revoked,
}: LogoutReport): Record<string, unknown> {
  return { url, email, user_id: userId, signed_out: wasSignedIn, revoked };
}
