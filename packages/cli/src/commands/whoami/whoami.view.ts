import type { CommandError } from "../../command-error.ts";
import type { Configuration } from "../../config/configuration.ts";
import { describeKey } from "../../config/project-key.ts";
import type { Sourced } from "../../config/sourced.ts";
import { type Document, fields, line, type Text, toned } from "../../output/document.ts";

/** What the project says to the key. */
export interface ServerAnswer {
  readonly status: "accepted" | "refused" | "unreachable" | "not asked";
  /** The role the database sees. */
  readonly role: string | null;
  /** Whether the acting admin is one; null when not known. */
  readonly adminIsAdmin: boolean | null;
  readonly adminEmail: string | null;
  /** Why it was not accepted. */
  readonly detail: string | null;
}

export interface WhoamiReport {
  readonly configuration: Configuration;
  readonly problem: CommandError | null;
  readonly server: ServerAnswer;
}

/** The settings with their sources, and the project's answer, for people. */
export function whoamiView({ configuration, problem, server }: WhoamiReport): Document {
  const { url, profile, secretKey, publishableKey, accessToken, admin, timeoutSeconds } = configuration;
  return [
    fields([
      ["project", sourced(url)],
      ["profile", sourced(profile)],
      ["secret key", sourced(mask(secretKey))],
      ["publishable key", publishableKey === null ? null : sourced(mask(publishableKey))],
      ["access token", accessToken === null ? null : sourced(mask(accessToken))],
      ["acting admin", adminText(admin, server)],
      ["timeout", sourced({ ...timeoutSeconds, value: `${timeoutSeconds.value} s` })],
      ["server", serverText(server)],
    ]),
    ...(problem === null
      ? []
      : [line(toned(problem.message, "bad")), ...(problem.hint === null ? [] : [line(`  ${problem.hint}`)])]),
  ];
}

/** The same as JSON data; keys and tokens are masked. */
export function whoamiData({ configuration, problem, server }: WhoamiReport): Record<string, unknown> {
  const { url, profile, secretKey, publishableKey, accessToken, admin, timeoutSeconds } = configuration;
  const kind = secretKey === null ? null : describeKey(secretKey.value).kind;
  return {
    url,
    profile,
    secret_key: secretKey === null ? null : { ...mask(secretKey), kind },
    publishable_key: mask(publishableKey),
    access_token: mask(accessToken),
    admin,
    timeout_seconds: timeoutSeconds,
    server: {
      status: server.status,
      role: server.role,
      admin_is_admin: server.adminIsAdmin,
      admin_email: server.adminEmail,
      detail: server.detail,
    },
    problem: problem === null ? null : { code: problem.code, message: problem.message, hint: problem.hint },
  };
}

function mask(key: Sourced<string> | null): Sourced<string> | null {
  return key === null ? null : { value: describeKey(key.value).masked, source: key.source };
}

function sourced(value: Sourced<string> | null): Text {
  return value === null ? toned("not set", "quiet") : `${value.value}  (${value.source})`;
}

function adminText(
  admin: Sourced<string> | null,
  { adminIsAdmin, adminEmail }: WhoamiReport["server"],
): Text {
  if (admin === null) return sourced(null);
  const email = adminEmail !== null && adminEmail !== admin.value ? `, ${adminEmail}` : "";
  const text = `${admin.value}${email}  (${admin.source})`;
  return adminIsAdmin === false ? toned(`${text}  is not an admin of this project`, "bad") : text;
}

function serverText({ status, role, detail }: WhoamiReport["server"]): Text {
  if (status === "accepted")
    return toned(role === null ? "accepts the key" : `accepts the key as ${role}`, "good");
  return toned(detail === null ? status : `${status}: ${detail}`, status === "refused" ? "bad" : "warning");
}
