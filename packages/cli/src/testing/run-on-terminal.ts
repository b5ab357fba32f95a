import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { binary, cleanEnvironment, requireBuild } from "./run-vidops.ts";

/** Whether there is `script` of util-linux, which gives a program a terminal; Debian always has it. */
export const hasTerminal: boolean = /util-linux/.test(
  spawnSync("script", ["--version"], { encoding: "utf8" }).stdout ?? "",
);
if (!hasTerminal)
  console.error(
    "NOT TESTED: the prompt. `script` of util-linux is missing, which gives the program a terminal.",
  );

/** How a run on a terminal ended, and all that was on the screen. */
export interface TerminalRun {
  readonly exitCode: number | null;
  readonly screen: string;
}

/**
 * Runs the built program on a terminal and does something when its question is there.
 *
 * @param options.folder holds what it would write.
 * @param options.typedAhead is typed as soon as the program starts.
 * @param options.atQuestion is handed the terminal, to type on, and the program's process id.
 */
export function runOnTerminal(
  args: readonly string[],
  {
    folder,
    env,
    question,
    typedAhead = "",
    atQuestion,
  }: {
    readonly folder: string;
    readonly env: Readonly<Record<string, string | undefined>>;
    readonly question: RegExp;
    readonly typedAhead?: string;
    readonly atQuestion: (terminal: ChildProcess, pid: number) => void | Promise<void>;
  },
): Promise<TerminalRun> {
  requireBuild();
  const command = [process.execPath, binary, ...args]
    .map((word) => `'${word.replaceAll("'", "'\\''")}'`)
    .join(" ");
  const terminal = spawn("script", ["-qec", `echo pid=$$; exec ${command}`, "/dev/null"], {
    cwd: folder,
    env: cleanEnvironment(folder, { TERM: "xterm", SHELL: "/bin/sh", ...env }),
    stdio: ["pipe", "pipe", "inherit"],
  });
  let screen = "";
  let asked = false;
  terminal.stdout?.setEncoding("utf8").on("data", (text: string) => {
    if (!screen.includes("pid=")) terminal.stdin?.write(typedAhead);
    screen += text;
    if (!asked && question.test(screen)) {
      asked = true;
      const pid = Number(/pid=(\d+)/.exec(screen)?.[1]);
      setTimeout(() => void atQuestion(terminal, pid), 150);
    }
  });
  return new Promise((resolve) => terminal.on("close", (exitCode) => resolve({ exitCode, screen })));
}
