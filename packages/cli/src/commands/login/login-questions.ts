import { usageError } from "../../command-error.ts";
import type { CommandSession } from "../../command-session.ts";
import { interruption } from "../../prompts/consent.ts";
import { promptTheme } from "../../prompts/theme.ts";
import { parseEmail } from "./login-input.ts";

type Prompts = typeof import("@inquirer/prompts");

const streams = { input: process.stdin, output: process.stderr };

/** Asks for the email. @throws CommandError CLI_INTERRUPTED (exit 130) on Ctrl-C. */
export function askEmail(session: CommandSession): Promise<string> {
  return ask(async ({ input }) => {
    const email = await input({ message: "Email", validate: isEmail, ...promptTheme(session) }, streams);
    return parseEmail(email);
  });
}

/** Asks for the password, which is not shown. @throws CommandError CLI_INTERRUPTED (exit 130) on Ctrl-C. */
export function askPassword(session: CommandSession, email: string): Promise<string> {
  return ask(({ password }) =>
    password(
      {
        message: `Password of ${email}`,
        validate: (text) => (text === "" ? "It is empty." : true),
        ...promptTheme(session),
      },
      streams,
    ),
  );
}

/** Asks for the code of the email. @throws CommandError CLI_INTERRUPTED (exit 130) on Ctrl-C. */
export function askCode(session: CommandSession, attempt: number): Promise<string> {
  return ask(async ({ input }) => {
    const message = attempt === 1 ? "Code from the email" : "Code from the email, again";
    const code = await input({ message, validate: isCode, ...promptTheme(session) }, streams);
    return code.replace(/\s/g, "");
  });
}

/**
 * Reads a password from stdin, to its end or its first line break.
 * @throws CommandError exit 2 when there is none.
 */
export async function readPassword(): Promise<string> {
  let text = "";
  process.stdin.setEncoding("utf8");
  for await (const part of process.stdin) {
    text += part;
    if (text.length > 10_000 || /[\r\n]/.test(text)) break;
  }
  const [password = ""] = text.split(/\r?\n/, 1);
  if (password === "") throw usageError("There is no password on stdin.");
  return password;
}

async function ask(question: (prompts: Prompts) => Promise<string>): Promise<string> {
  try {
    return await question(await import("@inquirer/prompts"));
  } catch (error) {
    throw interruption(error);
  }
}

function isEmail(text: string): true | string {
  try {
    parseEmail(text);
    return true;
  } catch (error) {
    return (error as Error).message;
  }
}

function isCode(text: string): true | string {
  return /^\s*(?:\d\s*){6,10}$/.test(text) ? true : "The code has 6 to 10 digits.";
}
