import type { OutputStream } from "../command-context.ts";
import { sanitizeText } from "./sanitize.ts";

export interface Progress {
  /** Shows the state of the work; called as often as there is news. */
  update(text: string): void;
  /** Takes the line away (TTY) so that what follows starts clean. */
  end(): void;
}

const secondsBetweenLines = 3;

/**
 * Progress on stderr: on a TTY one line that is rewritten; elsewhere a line every few seconds, so that a log
 * shows life without filling up; nothing with --quiet.
 */
export function createProgress(
  stderr: Pick<OutputStream, "isTTY" | "columns" | "write">,
  options: { quiet: boolean; now: () => Date },
): Progress {
  if (options.quiet) return { update: () => {}, end: () => {} };
  if (!stderr.isTTY) {
    let last = options.now().getTime();
    return {
      update: (text) => {
        const now = options.now().getTime();
        if (now - last < secondsBetweenLines * 1000) return;
        last = now;
        stderr.write(`${sanitizeText(text)}\n`);
      },
      end: () => {},
    };
  }
  let shown = false;
  return {
    update: (text) => {
      shown = true;
      stderr.write(`\r\u001b[2K${cut(sanitizeText(text), Math.max(10, stderr.columns - 1))}`);
    },
    end: () => {
      if (shown) stderr.write("\r\u001b[2K");
      shown = false;
    },
  };
}

/** By letters: these are our own words and numbers, and what measures others takes long to load. */
function cut(text: string, maximum: number): string {
  return text.length <= maximum ? text : `${text.slice(0, maximum - 1)}…`;
}
