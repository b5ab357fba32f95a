import type { CommandContext } from "../command-context.ts";
import { CommandError } from "../command-error.ts";
import { describeKey } from "../config/project-key.ts";
import type { GlobalFlags } from "../global-flags.ts";
import { askKeychain, KeychainError, type KeychainOptions } from "./keychain.ts";
import {
  parseTokens,
  readLoginFile,
  removeLoginFile,
  requirePrivateFile,
  tokenText,
  writeLoginFile,
} from "./login-file.ts";
import { type LoginPlace, type LoginRecord, type LoginTokens, loginPath } from "./login-record.ts";
import { signInAgain } from "./sign-in-again.ts";

/** What keeping a login needs of the world. */
export interface LoginContext extends Pick<CommandContext, "env" | "home" | "platform"> {
  /** Those of the command, which the hint to sign in again repeats. */
  readonly flags?: Pick<GlobalFlags, "profile" | "url">;
}

const noFlags = { profile: null, url: null };

/** Where a login was kept, and why not in the keychain. */
export interface KeptLogin {
  readonly place: LoginPlace;
  /** To be said to the person; null when it is in the keychain. */
  readonly warning: string | null;
}

/**
 * Keeps a login in the keychain, or in a file of its own where that cannot be: then there is a warning to say.
 *
 * @param login the record, whose place is decided here, and the tokens.
 * @throws CommandError CLI_CONFIG when the file cannot be written.
 */
export async function keepLogin(
  context: LoginContext,
  login: { readonly record: Omit<LoginRecord, "place">; readonly tokens: LoginTokens },
  keychain: KeychainOptions = context,
): Promise<KeptLogin> {
  const { record, tokens } = login;
  try {
    const account = accountOf(context, record.url);
    await askKeychain({ action: "set", account, secret: tokenText(tokens) }, keychain);
    writeLoginFile(context, { ...record, place: "keychain" }, null);
    return { place: "keychain", warning: null };
  } catch (error) {
    if (!(error instanceof KeychainError)) throw error;
    writeLoginFile(context, { ...record, place: "file" }, tokens);
    const path = loginPath(context, record.url);
    return {
      place: "file",
      warning: `no keychain can be used (${error.message}); the login is kept in ${path}, unencrypted, readable by you alone.`,
    };
  }
}

/**
 * Writes the tokens of a refresh to where the login is.
 *
 * @returns a warning when they had to go elsewhere: the tokens before them are good for nothing any more.
 */
export async function keepTokens(
  context: LoginContext,
  record: LoginRecord,
  tokens: LoginTokens,
  keychain: KeychainOptions = context,
): Promise<string | null> {
  if (record.place === "keychain") return (await keepLogin(context, { record, tokens }, keychain)).warning;
  writeLoginFile(context, record, tokens);
  return null;
}

/**
 * Reads the tokens of a login.
 *
 * @throws CommandError CLI_NOT_ALLOWED (exit 4) when the keychain cannot be read or the tokens are gone; CLI_CONFIG when
 *   others can read them.
 */
export async function readTokens(
  context: LoginContext,
  record: LoginRecord,
  keychain: KeychainOptions = context,
): Promise<LoginTokens> {
  if (record.place === "file") requirePrivateFile(context, record.url);
  return tokensToEnd(context, record, keychain);
}

/**
 * Reads the tokens of a login to end it, which is most urgent where others can read them.
 * @throws CommandError CLI_NOT_ALLOWED (exit 4) when the keychain cannot be read or the tokens are gone.
 */
export async function tokensToEnd(
  context: LoginContext,
  record: LoginRecord,
  keychain: KeychainOptions = context,
): Promise<LoginTokens> {
  const tokens =
    record.place === "file"
      ? readLoginFile(context, record.url)
      : parseTokens((await secretOf(context, record, keychain)) ?? "");
  // Tokens of somebody else would act in another name than the one that is shown.
  const subject = tokens === null ? null : describeKey(tokens.accessToken).subject;
  if (tokens !== null && (subject === null || subject === record.userId)) return tokens;
  throw loginMissing(context, record.url);
}

/** The error for a login that is gone since it was read who it is. */
export function loginMissing({ flags = noFlags }: LoginContext, url: string): CommandError {
  return new CommandError("CLI_NOT_ALLOWED", `Your login at ${url} is no longer where it was kept.`, {
    hint: signInAgain(flags),
    reason: "login_missing",
  });
}

/**
 * Removes a login from this machine, wherever it is.
 *
 * @returns what of it could not be removed, to be said; null when it is gone.
 */
export async function forgetLogin(
  context: LoginContext,
  record: LoginRecord,
  keychain: KeychainOptions = context,
): Promise<string | null> {
  const left = removeLoginFile(context, record.url);
  try {
    await askKeychain({ action: "delete", account: accountOf(context, record.url) }, keychain);
    return left;
  } catch (error) {
    if (!(error instanceof KeychainError)) throw error;
    // A login in a file may have been in the keychain before, and mostly was not.
    if (record.place === "file") return left;
    const account = accountOf(context, record.url);
    return `the keychain still has an entry for ${account} under the service "vidops" (${error.message}).`;
  }
}

async function secretOf(
  context: LoginContext,
  { url }: LoginRecord,
  keychain: KeychainOptions,
): Promise<string | null> {
  const { flags = noFlags } = context;
  try {
    return await askKeychain({ action: "get", account: accountOf(context, url) }, keychain);
  } catch (error) {
    if (!(error instanceof KeychainError)) throw error;
    throw new CommandError(
      "CLI_NOT_ALLOWED",
      `The keychain has your login, and cannot be read: ${error.message}.`,
      {
        hint: `Unlock the keychain and try again. ${signInAgain(flags)}`,
        reason: error.reason === "hanging" ? "keychain_hanging" : "keychain_refused",
        cause: error,
      },
    );
  }
}

/** A keychain has one entry for each login's file: two folders of settings are two persons, or two logins of one. */
function accountOf(context: LoginContext, url: string): string {
  return loginPath(context, url);
}
