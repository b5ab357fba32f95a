import { CommandError } from "../command-error.ts";
import type { CommandSession } from "../command-session.ts";
import { promptTheme } from "./theme.ts";

/** How a change gets its consent: it is only shown, was consented to beforehand, or is asked for. */
export type Consent = "dry-run" | "given" | "ask";

/**
 * Decides, before anything is sent, how a change gets consent. Only `--yes` gives it; no TTY, CI, `--json` and
 * `--no-input` never do.
 * @throws CommandError CLI_CONSENT_NEEDED (exit 7) when it is neither given nor can be asked for.
 */
export function requireConsent(session: CommandSession, dryRun: boolean): Consent {
  if (dryRun) return "dry-run";
  if (session.flags.yes) return "given";
  const obstacle = askingObstacle(session);
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

/** Why nobody can be asked, as the end of a sentence; null when somebody is there. */
export function askingObstacle({ flags, context, output }: CommandSession): string | null {
  const { env, stdin, stderr } = context;
  if (output.format === "json") return "--json is for programs, which are not asked";
  if (!flags.input) return "--no-input forbids asking";
  if (env.CI !== undefined && !["", "0", "false"].includes(env.CI.toLowerCase()))
    return "CI is set, and nobody is there to be asked";
  return stdin.isTTY && stderr.isTTY ? null : "there is no terminal to ask on";
}

/**
 * Asks on stderr whether to go on; the default is No.
 * @returns false when declined.
 * @throws CommandError CLI_INTERRUPTED (exit 130) on Ctrl-C or a closed terminal.
 */
export async function askConsent(session: CommandSession, question: string): Promise<boolean> {
  const { confirm } = await import("@inquirer/prompts");
  try {
    return await confirm(
      {
        message: question,
        default: false,
        ...promptTheme(session),
      },
      { input: process.stdin, output: process.stderr },
    );
  } catch (error) {
    throw interruption(error);
  }
}

/** What a question that ended without an answer throws: exit 130 for Ctrl-C, Esc or a closed terminal. */
export function interruption(error: unknown): unknown {
  const left = error instanceof Error && ["ExitPromptError", "AbortPromptError"].includes(error.name);
  return left ? new CommandError("CLI_INTERRUPTED", "Interrupted; nothing was changed.") : error;
}

/** The error of a change that was declined: exit 7. */
export function declined(): CommandError {
  return new CommandError("CLI_CONSENT_NEEDED", "Declined; nothing was changed.", { reason: "declined" });
}
