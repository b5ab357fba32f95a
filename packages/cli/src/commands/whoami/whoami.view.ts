import type { CommandError } from "../../command-error.ts";
import type { Configuration } from "../../config/configuration.ts";
import { describeKey } from "../../config/project-key.ts";
import type { Sourced } from "../../config/sourced.ts";
import type { LoginRecord } from "../../login/login-record.ts";
import { type Document, fields, line, type Text, toned } from "../../output/document.ts";
import { showMoment, type TimeZone } from "../../output/local-time.ts";
import type { Look } from "../../output/look.ts";

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

/** A login of `vidops login` at the project. */
export interface LoginState {
  readonly record: LoginRecord;
  /** Of the file that has the tokens; null when the keychain has them. */
  readonly path: string | null;
  /** ISO 8601; null when the tokens cannot be read. */
  readonly tokenExpiresAt: string | null;
}

export interface WhoamiReport {
  readonly configuration: Configuration;
  readonly problem: CommandError | null;
  readonly server: ServerAnswer;
  readonly login: LoginState | null;
}

/** The settings with their sources, and the project's answer, for people. */
export function whoamiView(
  { configuration, problem, server, login }: WhoamiReport,
  { zone }: Pick<Look, "zone">,
): Document {
  const { url, profile, secretKey, publishableKey, accessToken, admin, timeoutSeconds } = configuration;
  return [
    fields([
      ["project", sourced(url)],
      ["profile", sourced(profile)],
      ["secret key", sourced(mask(secretKey))],
      ["publishable key", publishableKey === null ? null : sourced(mask(publishableKey))],
      ["access token", accessToken === null ? null : sourced(mask(accessToken))],
      ["login", login === null ? null : loginText(login, configuration, zone)],
      [
        "acting admin",
        accessToken === null && login !== null ? "who is signed in" : adminText(admin, server),
      ],
      ["timeout", sourced({ ...timeoutSeconds, value: `${timeoutSeconds.value} s` })],
      ["server", serverText(server, accessToken === null && login !== null ? "login" : "key")],
    ]),
    ...(problem === null
      ? []
      : [line(toned(problem.message, "bad")), ...(problem.hint === null ? [] : [line(`  ${problem.hint}`)])]),
  ];
}

/** The same as JSON data; keys and tokens are masked. */
export function whoamiData({ configuration, problem, server, login }: WhoamiReport): Record<string, unknown> {
  const { url, profile, secretKey, publishableKey, accessToken, admin, timeoutSeconds } = configuration;
  const kind = secretKey === null ? null : describeKey(secretKey.value).kind;
  return {
    url,
    profile,
    secret_key: secretKey === null ? null : { ...mask(secretKey), kind },
    publishable_key: mask(publishableKey),
    access_token: mask(accessToken),
    login:
      login === null
        ? null
        : {
            user_id: login.record.userId,
            email: login.record.email,
            stored_in: login.record.place,
            path: login.path,
            signed_in_at: login.record.signedInAt,
            token_expires_at: login.tokenExpiresAt,
          },
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

function loginText(
  { record, path, tokenExpiresAt }: LoginState,
  { accessToken }: Configuration,
  zone: TimeZone | null,
): Text {
  const end =
    tokenExpiresAt === null
      ? "cannot be read"
      : `its token ends ${showMoment(tokenExpiresAt, zone)} and is renewed by itself`;
  const text = `${record.email ?? record.userId}, ${end}  (${path ?? "in the keychain"})`;
  if (accessToken !== null) return toned(`${text}  not used: ${accessToken.source} comes first`, "quiet");
  return tokenExpiresAt === null ? toned(text, "bad") : text;
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

function serverText({ status, role, detail }: WhoamiReport["server"], shown: "login" | "key"): Text {
  if (status === "accepted")
    return toned(role === null ? `accepts the ${shown}` : `accepts the ${shown} as ${role}`, "good");
  return toned(detail === null ? status : `${status}: ${detail}`, status === "refused" ? "bad" : "warning");
}
