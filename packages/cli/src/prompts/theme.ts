import type { CommandSession } from "../command-session.ts";

type Style = (text: string) => string;

/** How questions look without colours. */
interface PlainTheme {
  readonly prefix: { readonly idle: string; readonly done: string };
  readonly spinner: { readonly interval: number; readonly frames: string[] };
  readonly style: Readonly<
    Record<
      | "answer"
      | "message"
      | "defaultAnswer"
      | "error"
      | "highlight"
      | "searchTerm"
      | "description"
      | "disabled"
      | "help",
      Style
    >
  > & { readonly keysHelpTip: (keys: [key: string, action: string][]) => string };
}

const same: Style = (text) => text;
const plainTheme: PlainTheme = {
  prefix: { idle: "?", done: "?" },
  spinner: { interval: 80, frames: ["-", "\\", "|", "/"] },
  style: {
    ...{ answer: same, message: same, highlight: same, searchTerm: same, description: same },
    ...{ disabled: same, help: same },
    defaultAnswer: (text) => `(${text})`,
    error: (text) => `> ${text}`,
    keysHelpTip: (keys) => keys.map(([key, action]) => `${key} ${action}`).join(", "),
  },
};

/**
 * How a question is drawn, to spread into its settings: the default theme draws with colours whatever the stream, and words
 * are enough where none are wanted.
 */
export function promptTheme({ output }: Pick<CommandSession, "output">): { readonly theme?: PlainTheme } {
  return output.takesColour({ isTTY: true }) ? {} : { theme: plainTheme };
}
