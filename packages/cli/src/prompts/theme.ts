import type { CommandSession } from "../command-session.ts";

const same = (text: string): string => text;
const plainTheme = {
  prefix: { idle: "?", done: "?" },
  spinner: { interval: 80, frames: ["-", "\\", "|", "/"] },
  style: {
    answer: same,
    message: same,
    defaultAnswer: (text: string): string => `(${text})`,
    error: (text: string): string => `> ${text}`,
    highlight: same,
    searchTerm: same,
    description: same,
    disabled: same,
    help: same,
    keysHelpTip: keysHelp,
  },
};

/**
 * How a question is drawn, to spread into its settings: the default theme draws with colours whatever the stream, and words
 * are enough where none are wanted.
 */
export function promptTheme({ output }: Pick<CommandSession, "output">): { theme?: typeof plainTheme } {
  return output.takesColour({ isTTY: true }) ? {} : { theme: plainTheme };
}

function keysHelp(keys: readonly (readonly [key: string, action: string])[]): string {
  return keys.map(([key, action]) => `${key} ${action}`).join(", ");
}
