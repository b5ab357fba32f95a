import { CommandError } from "../command-error.ts";
import type { CommandSession } from "../command-session.ts";

/** How a change gets its consent: it is only shown, was consented to beforehand, or is asked for. */
export type Consent = "dry-run" | "given" | "ask";

/**
 * Decides, before anything is sent, how a change gets consent. Only `--yes` gives it; no TTY, CI, `--json` and
 * `--no-input` never do.
 * @throws CommandError CLI_CONSENT_NEEDED (exit 7) when it is neither given nor can be asked for.
 */
export function requireConsent({ flags, context, output }: CommandSession, dryRun: boolean): Consent {
  if (dryRun) return "dry-run";
  if (flags.yes) return "given";
  const { env, stdin, stderr } = context;
  const inCi = env.CI !== undefined && !["", "0", "false"].includes(env.CI.toLowerCase());
  const obstacle =
    output.format === "json"
      ? "--json is for programs, which are not asked"
      : !flags.input
        ? "--no-input forbids asking"
        : inCi
          ? "CI is set, and nobody is there to be asked"
          : !stdin.isTTY || !stderr.isTTY
            ? "there is no terminal to ask on"
            : null;
  if (obstacle === null) return "ask";
  throw new CommandError(
    "CLI_CONSENT_NEEDED",
    `This changes something and needs your consent, but ${obstacle}. Nothing was changed.`,
    {
      hint: "Look first with --dry-run, then give consent with --yes.",
      reason: "consent_needed",
    },
  );
}

/**
 * Asks on stderr whether to go on; the default is No.
 * @returns false when declined.
 * @throws CommandError CLI_INTERRUPTED (exit 130) on Ctrl-C or a closed terminal.
 */
export async function askConsent({ output }: CommandSession, question: string): Promise<boolean> {
  const { confirm } = await import("@inquirer/prompts");
  try {
    return await confirm(
      {
        message: question,
        default: false,
        // The default theme draws with colours whatever the stream; words are enough where none are wanted.
        ...(output.takesColour({ isTTY: true }) ? {} : { theme: plainTheme }),
      },
      { input: process.stdin, output: process.stderr },
    );
  } catch (error) {
    if (error instanceof Error && (error.name === "ExitPromptError" || error.name === "AbortPromptError")) {
      throw new CommandError("CLI_INTERRUPTED", "Interrupted; nothing was changed.");
    }
    throw error;
  }
}

/** The error of a change that was declined: exit 7. */
export function declined(): CommandError {
  return new CommandError("CLI_CONSENT_NEEDED", "Declined; nothing was changed.", { reason: "declined" });
}

const same = (text: string): string => text;
const plainTheme = {
  prefix: { idle: "?", done: "?" },
  style: { answer: same, message: same, defaultAnswer: (text: string) => `(${text})` },
};
