import { setTimeout } from "node:timers/promises";
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
 * Asks on stderr whether to go on; the default is No. Only what is typed once the question is there answers it, and only a
 * whole "y" or "yes" consents: a pasted line that begins with a y does not.
 * @returns false when declined.
 * @throws CommandError CLI_INTERRUPTED (exit 130) on Ctrl-C or a closed terminal.
 */
export async function askConsent(session: CommandSession, question: string): Promise<boolean> {
  const { input } = await import("@inquirer/prompts");
  await dropTypedAhead(process.stdin);
  try {
    const answer = await input(
      {
        message: question,
        default: noAnswer,
        validate: (text) => isYes(text) || isNo(text) || "Answer y or n.",
        transformer: (text, { isFinal }) => (isFinal ? (isYes(text) ? "Yes" : "No") : text),
        ...promptTheme(session),
      },
      { input: process.stdin, output: process.stderr },
    );
    return isYes(answer);
  } catch (error) {
    throw interruption(error);
  }
}

/** What Enter alone answers, as it stands behind the question. */
const noAnswer = "y/N";
const isYes = (text: string): boolean => /^\s*y(?:es)?\s*$/i.test(text);
const isNo = (text: string): boolean => text === noAnswer || /^\s*(?:no?)?\s*$/i.test(text);

/** Milliseconds in which the terminal hands over what was typed before; nobody reads a plan and answers that fast. */
const typedAheadMs = 50;

/**
 * Throws away what was typed or pasted before the question: it cannot be an answer to what nobody has seen. Keys that wait
 * without Enter are handed over in raw mode alone.
 * @throws CommandError CLI_INTERRUPTED when a Ctrl-C is among it.
 */
async function dropTypedAhead(stdin: NodeJS.ReadStream): Promise<void> {
  let interrupted = false;
  const drop = (keys: Buffer | string): void => {
    interrupted ||= keys.toString().includes("\u0003");
  };
  stdin.on("data", drop).setRawMode(true);
  try {
    await setTimeout(typedAheadMs);
  } finally {
    stdin.off("data", drop).pause().setRawMode(false);
  }
  if (interrupted) throw stopped();
}

/** What a question that ended without an answer throws: exit 130 for Ctrl-C, Esc or a closed terminal. */
export function interruption(error: unknown): unknown {
  const left = error instanceof Error && ["ExitPromptError", "AbortPromptError"].includes(error.name);
  return left ? stopped() : error;
}

function stopped(): CommandError {
  return new CommandError("CLI_INTERRUPTED", "Interrupted; nothing was changed.");
}

/** The error of a change that was declined: exit 7. */
export function declined(): CommandError {
  return new CommandError("CLI_CONSENT_NEEDED", "Declined; nothing was changed.", { reason: "declined" });
}
