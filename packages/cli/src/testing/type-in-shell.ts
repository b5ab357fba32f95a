import { spawn, spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { stripVTControlCharacters } from "node:util";
import { hasTerminal } from "./run-on-terminal.ts";
import { binary, cleanEnvironment, requireBuild } from "./run-vidops.ts";

/** How each shell is started without anybody's settings, and made to complete `vidops`. */
const starts: Readonly<Record<string, { readonly command: string; readonly setUp: string }>> = {
  bash: { command: "bash --norc --noprofile", setUp: 'eval "$(vidops completion bash)"' },
  zsh: {
    command: "zsh -f",
    setUp: 'autoload -U compinit; compinit -u -D; eval "$(vidops completion zsh)"',
  },
  fish: { command: "fish --no-config", setUp: "vidops completion fish | source" },
};

/** Whether a shell is on this machine, and a terminal for it; where not, it is said what is not tested. */
export function hasShell(name: string): boolean {
  const found = hasTerminal && spawnSync(name, ["--version"]).status === 0;
  if (!found) console.error(`NOT TESTED: completion in ${name}, which is not on this machine.`);
  return found;
}

/**
 * Types on a shell's terminal as a person does: some keys, and the next once the screen shows what was waited for.
 *
 * @param steps keys, and what the screen shows behind them (of what came since).
 * @returns the screen as text.
 * @throws Error with the screen when something does not come within ten seconds.
 */
export async function typeInShell(
  name: string,
  steps: readonly (readonly [keys: string, shows: RegExp])[],
  { folder, env }: { readonly folder: string; readonly env: Readonly<Record<string, string | undefined>> },
): Promise<string> {
  requireBuild();
  const start = starts[name];
  if (start === undefined) throw new Error(`there is no shell ${name}`);
  const bin = join(folder, "bin");
  mkdirSync(bin, { recursive: true });
  writeFileSync(join(bin, "vidops"), `#!/bin/sh\nexec "${process.execPath}" "${binary}" "$@"\n`, {
    mode: 0o755,
  });
  const terminal = spawn("script", ["-qec", start.command, "/dev/null"], {
    cwd: folder,
    env: cleanEnvironment(folder, {
      ...{ TERM: "xterm", SHELL: "/bin/sh", PS1: "$ ", PATH: `${bin}:${process.env.PATH}`, COLUMNS: "200" },
      ...env,
    }),
    stdio: ["pipe", "pipe", "inherit"],
  });
  let screen = "";
  terminal.stdout.setEncoding("utf8").on("data", (text: string) => {
    screen += text;
  });
  const closed = new Promise<void>((resolve) => terminal.on("close", () => resolve()));
  const type = async (keys: string, shows: RegExp): Promise<void> => {
    const from = screen.length;
    terminal.stdin.write(keys);
    const started = performance.now();
    while (!shows.test(stripVTControlCharacters(screen.slice(from)))) {
      if (performance.now() - started > 10_000)
        throw new Error(`${name} did not show ${shows}; its screen:\n${JSON.stringify(screen)}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  };
  try {
    await type(`${start.setUp}; echo rea''dy\r`, /ready/);
    for (const [keys, shows] of steps) await type(keys, shows);
    return stripVTControlCharacters(screen);
  } finally {
    terminal.stdin.end("\u0003\u0004");
    terminal.kill("SIGHUP");
    // Where the shell does not go with its terminal, it goes now.
    const last = setTimeout(() => terminal.kill("SIGKILL"), 1_000);
    await closed;
    clearTimeout(last);
  }
}
