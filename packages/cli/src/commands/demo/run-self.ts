import { spawn } from "node:child_process";
import type { CommandContext } from "../../command-context.ts";

/**
 * Runs this same program as a child process, with nothing of the caller's own project in its environment.
 * @returns exit code and all it printed, in the order it came.
 */
export function runSelf(
  { self, env, cwd }: CommandContext,
  words: readonly string[],
  settings: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<{ exitCode: number; output: string }> {
  const inherited = Object.entries(env).filter(([name]) => !/^(SUPABASE_|VIDOPS_)|^CI$|_proxy$/i.test(name));
  return new Promise((resolve, reject) => {
    const child = spawn(self.execPath, [...self.args, ...words], {
      cwd,
      // A path that holds no settings: the caller's profiles and project file must not reach the demo.
      env: { ...Object.fromEntries(inherited), XDG_CONFIG_HOME: "/nonexistent", NO_COLOR: "1", ...settings },
      stdio: ["ignore", "pipe", "pipe"],
      signal,
    });
    let output = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8");
      stream.on("data", (text: string) => {
        output += text;
      });
    }
    child.on("error", reject);
    child.on("close", (code) => resolve({ exitCode: code ?? 1, output }));
  });
}
