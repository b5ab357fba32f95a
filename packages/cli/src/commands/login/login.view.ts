import { type Document, fields, line, toned } from "../../output/document.ts";
import { showMoment } from "../../output/local-time.ts";
import type { Look } from "../../output/look.ts";
import { nextCommand } from "../next-command.ts";
import type { LoginReport } from "./login.handler.ts";

/** Where a login is kept, in words. */
export const placeWords = {
  keychain: "the keychain of this system",
  file: "a file that only you can read",
} as const;

/** Who signed in, for people. */
export function loginView(report: LoginReport, { zone, flags }: Look): Document {
  return [
    line(toned(`Signed in as ${report.email ?? report.userId}.`, "good")),
    fields([
      ["project", report.url],
      ["kept in", placeWords[report.place]],
      ["renewed", `by itself, from ${showMoment(report.tokenExpiresAt, zone)} on`],
    ]),
    line(toned(`To sign out: ${nextCommand(["logout"], flags)}`, "quiet")),
  ];
}

/** The same as JSON data. There is no token in it. */
export function loginData(report: LoginReport): Record<string, unknown> {
  return {
    url: report.url,
    user_id: report.userId,
    email: report.email,
    stored_in: report.place,
    token_expires_at: report.tokenExpiresAt,
  };
}
