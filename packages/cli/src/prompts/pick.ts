import { isVidopsError } from "@vidops/core/errors";
import { type CommandError, usageError } from "../command-error.ts";
import type { CommandSession } from "../command-session.ts";
import { displayWidth, truncate } from "../output/display-width.ts";
import { sanitizeText } from "../output/sanitize.ts";
import { askingObstacle, interruption } from "./consent.ts";
import { promptTheme } from "./theme.ts";

/** What a search found: the first so many. */
export interface Found<Item> {
  readonly items: readonly Item[];
  /** Whether there are more than these. */
  readonly more: boolean;
}

/** What is to be picked, and from what. */
export interface Picking<Item> {
  readonly message: string;
  /** Looks for what was typed, "" at first. What was typed meanwhile aborts the signal. */
  search(term: string, signal: AbortSignal): Promise<Found<Item>>;
  /** One line; it need not be safe for a terminal, and is cut to its width. */
  name(item: Item): string;
  /** Said when nothing is found, e.g. "No user matches." */
  readonly none: string;
}

/** Milliseconds without a key before the database is asked: as long as somebody types, nobody reads results. */
const pauseMs = 150;
const rowsShown = 10;

/**
 * The error of a command whose target was left out; null where somebody can pick one. With `--yes` nobody can: it consents to
 * what was named.
 *
 * @param message what is missing, e.g. "Say which user."
 * @param example a command that names it.
 * @example
 * const missing = target === undefined ? pickingObstacle(session, "Say which user.", "vidops users show ada@example.com") : null;
 * if (missing) throw missing;
 */
export function pickingObstacle(
  session: CommandSession,
  message: string,
  example: string,
): CommandError | null {
  if (session.flags.yes)
    return usageError(`${message} --yes consents to what is named.`, `For example: ${example}`);
  return askingObstacle(session) === null ? null : usageError(message, `For example: ${example}`);
}

/**
 * Lets somebody search and pick on the terminal. Nothing is written by it.
 *
 * @throws CommandError CLI_INTERRUPTED (exit 130) on Ctrl-C, Esc or a closed terminal; whatever `search` throws that trying
 *   again does not mend.
 * @example
 * const model = await pick(session, { message: "Which model?", search, name: ({ name }) => name, none: "No model matches." });
 */
export async function pick<Item>(session: CommandSession, picking: Picking<Item>): Promise<Item> {
  const { search, Separator } = await import("@inquirer/prompts");
  const leaving = new AbortController();
  let failure: unknown = null;
  // Tab completes what was typed to a whole line, which is then what has to be found.
  const offered = new Map<string, Item>();
  const width = Math.max(20, session.context.stderr.columns - 4);
  const source = async (term: string | undefined, { signal }: { signal: AbortSignal }) => {
    const typed = term?.trim() ?? "";
    const completed = offered.get(typed);
    if (completed !== undefined) return [{ value: completed, name: typed }];
    if (typed !== "") await pause(signal);
    try {
      const { items, more } = await picking.search(typed, signal);
      if (items.length === 0) return [new Separator(truncate(picking.none, width))];
      const choices = items.map((value) => {
        const name = sanitizeText(picking.name(value));
        // What stays on the screen stands behind the question.
        const short = truncate(name, Math.max(10, width - displayWidth(picking.message)));
        return { value, short, name: truncate(name, width) };
      });
      for (const { name, value } of choices) offered.set(name.trim(), value);
      return more ? [...choices, new Separator(truncate("… and more: type more of it", width))] : choices;
    } catch (error) {
      if (!signal.aborted && isVidopsError(error) && !error.retryable) {
        failure = error;
        leaving.abort();
      }
      throw error;
    }
  };
  const leaveOnEscape = (_: string, key: { readonly name?: string } | undefined): void => {
    if (key?.name === "escape") leaving.abort();
  };
  process.stdin.on("keypress", leaveOnEscape);
  try {
    return await search(
      { message: picking.message, source, pageSize: rowsShown, ...promptTheme(session) },
      { input: process.stdin, output: process.stderr, signal: leaving.signal },
    );
  } catch (error) {
    throw failure ?? interruption(error);
  } finally {
    process.stdin.off("keypress", leaveOnEscape);
  }
}

function pause(signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, pauseMs);
    signal.addEventListener("abort", () => {
      clearTimeout(timer);
      reject(signal.reason);
    });
  });
}
