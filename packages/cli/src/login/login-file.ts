import { randomUUID } from "node:crypto";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { dirname } from "node:path";
import type { CommandContext } from "../command-context.ts";
import { CommandError } from "../command-error.ts";
import { type LoginRecord, type LoginTokens, loginPath } from "./login-record.ts";

/**
 * Writes a login's file (0600, in a folder of 0700), whole or not at all.
 *
 * @param tokens null when they are in the keychain.
 * @throws CommandError CLI_CONFIG when it cannot be written.
 */
export function writeLoginFile(
  context: Pick<CommandContext, "env" | "home">,
  record: LoginRecord,
  tokens: LoginTokens | null,
): void {
  const path = loginPath(context, record.url);
  const unfinished = `${path}.${randomUUID()}.new`;
  const { url, place, userId, email, publishableKey, signedInAt } = record;
  const content = {
    ...{ url, place, user_id: userId, email, publishable_key: publishableKey, signed_in_at: signedInAt },
    ...(tokens === null ? {} : tokenFields(tokens)),
  };
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    // One that was there before may be open to others.
    chmodSync(dirname(path), 0o700);
    writeFileSync(unfinished, `${JSON.stringify(content, null, 2)}\n`, { mode: 0o600, flag: "wx" });
    renameSync(unfinished, path);
  } catch (error) {
    if (existsSync(unfinished)) rmSync(unfinished);
    throw notWritten(path, error);
  }
}

/** The error for a folder in which no login can be kept, nor one renewed. */
export function notWritten(path: string, error: unknown): CommandError {
  return new CommandError("CLI_CONFIG", `The login cannot be written: ${(error as Error).message}`, {
    hint: `Make ${dirname(path)} a folder of yours that can be written, or set VIDOPS_ACCESS_TOKEN instead.`,
    reason: "login_not_written",
    cause: error,
  });
}

/** Reads the tokens that are in a login's file; null when there are none. */
export function readLoginFile(
  context: Pick<CommandContext, "env" | "home">,
  url: string,
): LoginTokens | null {
  try {
    return parseTokens(readFileSync(loginPath(context, url), "utf8"));
  } catch {
    return null;
  }
}

/** @throws CommandError CLI_CONFIG when others can read a login's file too. */
export function requirePrivateFile(
  context: Pick<CommandContext, "env" | "home" | "platform">,
  url: string,
): void {
  const path = loginPath(context, url);
  const mode = (statSync(path, { throwIfNoEntry: false })?.mode ?? 0) & 0o777;
  if (context.platform === "win32" || (mode & 0o077) === 0) return;
  throw new CommandError(
    "CLI_CONFIG",
    `${path} holds your login and others can read it (mode ${mode.toString(8)}).`,
    { hint: `Run: chmod 600 ${path}`, reason: "file_permissions" },
  );
}

/**
 * Removes a login's file. Not there is removed.
 * @returns why it is still there, to be said; null when it is gone.
 */
export function removeLoginFile(context: Pick<CommandContext, "env" | "home">, url: string): string | null {
  const path = loginPath(context, url);
  try {
    rmSync(path, { force: true });
    return null;
  } catch (error) {
    return `${path} is still there: ${(error as Error).message}.`;
  }
}

/** Tokens as the text that is kept. */
export function tokenText(tokens: LoginTokens): string {
  return JSON.stringify(tokenFields(tokens));
}

/** The tokens of a text that was kept, or null when it holds none. */
export function parseTokens(text: string): LoginTokens | null {
  try {
    const { access_token, refresh_token, expires_at } = JSON.parse(text) as Record<string, unknown>;
    return typeof access_token === "string" &&
      typeof refresh_token === "string" &&
      Number.isInteger(expires_at)
      ? { accessToken: access_token, refreshToken: refresh_token, expiresAt: Number(expires_at) }
      : null;
  } catch {
    return null;
  }
}

function tokenFields({ accessToken, refreshToken, expiresAt }: LoginTokens): Record<string, unknown> {
  return { access_token: accessToken, refresh_token: refreshToken, expires_at: expiresAt };
}
