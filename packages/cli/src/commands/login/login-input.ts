import { parseCount, shown } from "../../arguments.ts";
import { usageError } from "../../command-error.ts";
import type { CommandSession } from "../../command-session.ts";
import { askingObstacle } from "../../prompts/consent.ts";

/** How somebody wants to sign in. */
export type LoginInput =
  | { readonly way: "password"; readonly email: string | null; readonly fromStdin: boolean }
  | { readonly way: "code"; readonly email: string | null }
  | { readonly way: "provider"; readonly provider: string; readonly browser: boolean; readonly port: number };

/**
 * Reads the arguments of `vidops login`, and checks that what is missing can be asked for.
 * @throws CommandError exit 2.
 */
export function parseLoginInput(
  options: Readonly<Record<string, unknown>>,
  session: CommandSession,
): LoginInput {
  const ways = ["passwordStdin", "code", "provider"].filter((name) => options[name] !== undefined);
  if (ways.length > 1) throw usageError("Choose one of --password-stdin, --code and --provider.");
  const email = options.email === undefined ? null : parseEmail(options.email as string);
  const provider = options.provider as string | undefined;
  if (provider !== undefined) {
    if (!/^[a-z0-9_:-]{1,60}$/.test(provider))
      throw usageError(`${shown(provider)} is not a provider.`, "For example: --provider github");
    if (email !== null)
      throw usageError("--email is not for --provider: who you are is said in the browser.");
    const port = options.port === undefined ? 0 : parseCount(options.port as string, "--port", 1, 65_535);
    const browser = options.browser !== false;
    const hindrance = browser ? askingObstacle(session) : null;
    if (hindrance !== null) {
      throw usageError(
        `A browser is opened for somebody who is there, but ${hindrance}.`,
        "To print the address only: --no-browser",
      );
    }
    return { way: "provider", provider, browser, port };
  }
  for (const [name, flag] of [
    ["port", "--port"],
    ["browser", "--no-browser"],
  ] as const)
    if (options[name] !== undefined && options[name] !== true) throw usageError(`${flag} is for --provider.`);
  const fromStdin = options.passwordStdin === true;
  if (fromStdin && session.context.stdin.isTTY) {
    throw usageError(
      "--password-stdin would show the password on this terminal.",
      "Leave it out: then the password is asked for, and not shown.",
    );
  }
  const obstacle = askingObstacle(session);
  if (fromStdin ? email === null : obstacle !== null) {
    throw usageError(
      fromStdin ? "--password-stdin needs --email." : `Signing in asks you something, but ${obstacle}.`,
      "In a script: vidops login --email you@example.com --password-stdin < file",
    );
  }
  return options.code === true ? { way: "code", email } : { way: "password", email, fromStdin };
}

/**
 * An email address, as far as it can be told.
 * @throws CommandError exit 2.
 */
export function parseEmail(text: string): string {
  const email = text.trim();
  if (/^[^\s@\p{Cc}]+@[^\s@\p{Cc}]+$/u.test(email) && email.length <= 320) return email;
  throw usageError(`${shown(text)} is not an email address.`);
}
