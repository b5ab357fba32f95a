import { spawn } from "node:child_process";
import { createRequire } from "node:module";
import { join } from "node:path";

const root = join(import.meta.dirname, "../..");

/** Where the program of the `deno` package lies; asking also puts it in place where install scripts are off. */
export const denoProgram: () => string = (
  createRequire(import.meta.url)("deno/install_api.cjs") as { runInstall(): string }
).runInstall;

/** How {@link runDeno} runs a module. */
export interface DenoOptions {
  /** Permission flags, e.g. `["--allow-net=127.0.0.1:8000"]`. None by default, and nothing is ever asked. */
  readonly permissions?: readonly string[];
  /** Environment variables beside those of this process; code sees them only with `--allow-env`. */
  readonly env?: Readonly<Record<string, string>>;
  /** After how many milliseconds Deno is stopped; 30,000 by default. */
  readonly timeoutMs?: number;
}

/** What a module said and how it ended. */
export interface DenoRun {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Runs a module in Deno, as a deployed Edge Function runs: built packages, no permission but those given, no
 * network for imports. Its imports are resolved as from the repository's root.
 *
 * @param source the module's text, TypeScript
 * @param options permissions, environment, time
 * @returns the exit code (null when it was stopped) and what was printed
 * @example
 * ```ts
 * const { stdout } = await runDeno(`console.log(1 + 1)`); // "2\n"
 * ```
 */
export async function runDeno(source: string, options: DenoOptions = {}): Promise<DenoRun> {
  const child = spawn(
    denoProgram(),
    ["run", "--quiet", "--no-prompt", "--no-remote", "--no-lock", ...(options.permissions ?? []), "-"],
    {
      cwd: root,
      // A cache in the checkout: a user without a home folder has nowhere else to keep one.
      env: {
        ...process.env,
        DENO_DIR: join(root, ".vidops/deno"),
        DENO_NO_UPDATE_CHECK: "1",
        NO_COLOR: "1",
        ...options.env,
      },
      timeout: options.timeoutMs ?? 30_000,
      killSignal: "SIGKILL",
    },
  );
  const output = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"] as const) {
    child[name].setEncoding("utf8").on("data", (chunk: string) => {
      output[name] += chunk;
    });
  }
  child.stdin.end(source);
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", resolve);
  });
  return { code, ...output };
}
