import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { CommandContext } from "../command-context.ts";
import { loginsFolder } from "../config/config-paths.ts";

/** Where the tokens of a login are: in the keychain of the operating system, or in the login's own file. */
export type LoginPlace = "keychain" | "file";

/** What is known of a login without its tokens. */
export interface LoginRecord {
  /** The project that the login is for; it is used for no other. */
  readonly url: string;
  readonly place: LoginPlace;
  readonly userId: string;
  readonly email: string | null;
  /** The key that the project's gateway wants beside a token; no secret. */
  readonly publishableKey: string;
  /** ISO 8601. */
  readonly signedInAt: string;
}

/** The two tokens that Auth gives for a sign-in. */
export interface LoginTokens {
  readonly accessToken: string;
  /** Good for one refresh. */
  readonly refreshToken: string;
  /** When the access token ends by this machine's clock, in seconds since 1970. */
  readonly expiresAt: number;
}

/** The file of a project's login. */
export function loginPath(context: Pick<CommandContext, "env" | "home">, url: string): string {
  return join(loginsFolder(context), `${encodeURIComponent(url)}.json`);
}

/** The lock that is held while a project's login is changed. */
export function loginLock(context: Pick<CommandContext, "env" | "home">, url: string): string {
  return `${loginPath(context, url)}.lock`;
}

/**
 * Reads who is signed in at a project. Synchronous and small, since every command asks.
 *
 * @param url of the project, normalised.
 * @returns null when nobody is, or what is there is not a login.
 * @example readLoginRecord(context, "https://abc.supabase.co")?.email // "ada@example.com"
 */
export function readLoginRecord(
  context: Pick<CommandContext, "env" | "home">,
  url: string,
): LoginRecord | null {
  try {
    return parseRecord(JSON.parse(readFileSync(loginPath(context, url), "utf8")), url);
  } catch {
    return null;
  }
}

/**
 * Says that there is a file which is not the login it should be, e.g. since it was cut off; null when all is well.
 * @param record what could be read of it.
 */
export function brokenLogin(
  context: Pick<CommandContext, "env" | "home">,
  url: string,
  record: LoginRecord | null,
): string | null {
  const path = loginPath(context, url);
  return record === null && existsSync(path) ? `${path} is there, and holds no login at ${url}.` : null;
}

/** How a login is named beside other sources of settings. */
export function loginName({ email, userId }: Pick<LoginRecord, "email" | "userId">): string {
  return `login (${email ?? userId})`;
}

/** A file that was renamed or copied to another project's name is that project's no more than before. */
function parseRecord(content: unknown, url: string): LoginRecord | null {
  const { place, user_id, email, publishable_key, signed_in_at, ...rest } = content as Record<
    string,
    unknown
  >;
  if (rest.url !== url || (place !== "keychain" && place !== "file")) return null;
  if (typeof user_id !== "string" || typeof publishable_key !== "string") return null;
  return {
    ...{ url, place, userId: user_id, publishableKey: publishable_key },
    email: typeof email === "string" ? email : null,
    signedInAt: typeof signed_in_at === "string" ? signed_in_at : "",
  };
}
