import { spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** The built program. */
export const binary: string = fileURLToPath(new URL("../../dist/vidops.js", import.meta.url));

/** How a run ended. */
export interface Run {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
  /** stdout as the one JSON document it must be. */
  // biome-ignore lint/suspicious/noExplicitAny: tests look into whatever came
  json(): any;
}

export interface RunOptions {
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly cwd?: string;
  /** Is handed the process, e.g. to send it a signal. */
  readonly onStart?: (child: ReturnType<typeof spawn>) => void;
  /** Is told all of stdout whenever there is more. */
  readonly onOutput?: (stdout: string, child: ReturnType<typeof spawn>) => void;
  /** What comes in on stdin; none unless said. */
  readonly input?: string;
  /** Close the reading end of stdout at once. */
  readonly closeStdout?: boolean;
  /** Import packages of this repository from their sources, e.g. @vidops/local. */
  readonly sources?: boolean;
}

/** A folder for one test file, removed at its end. */
export function temporaryFolder(): { readonly path: string; [Symbol.dispose](): void } {
  const path = mkdtempSync(join(tmpdir(), "vidops-cli-"));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}

/**
 * An environment in which nothing of the machine's own settings reaches the program.
 * @param folder holds what it would write.
 */
export function cleanEnvironment(folder: string, env: RunOptions["env"] = {}): Record<string, string> {
  const all = {
    PATH: process.env.PATH,
    HOME: folder,
    XDG_CONFIG_HOME: join(folder, "config"),
    XDG_CACHE_HOME: join(tmpdir(), "vidops-cli-test-cache"),
    XDG_STATE_HOME: join(folder, "state"),
    XDG_DATA_HOME: join(folder, "data"),
    ...env,
  };
  return Object.fromEntries(
    Object.entries(all).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}

/**
 * Runs the built program as a child process, without a terminal.
 * @throws Error when it is not built.
 */
export function runVidops(
  args: readonly string[],
  options: RunOptions & { readonly folder: string },
): Promise<Run> {
  requireBuild();
  const conditions = options.sources ? ["--conditions=vidops-source"] : [];
  return run(process.execPath, [...conditions, binary, ...args], options);
}

/**
 * Runs a command line that the program printed, as a person would: through a shell that finds `vidops`.
 * @param folder a folder of the test, which gets a program of that name.
 */
export function runPrinted(command: string, options: RunOptions & { readonly folder: string }): Promise<Run> {
  requireBuild();
  const bin = join(options.folder, "bin");
  mkdirSync(bin, { recursive: true });
  writeFileSync(join(bin, "vidops"), `#!/bin/sh\nexec "${process.execPath}" "${binary}" "$@"\n`, {
    mode: 0o755,
  });
  return run("/bin/sh", ["-c", command], {
    ...options,
    env: { ...options.env, PATH: `${bin}:${process.env.PATH}` },
  });
}

function run(
  file: string,
  args: readonly string[],
  options: RunOptions & { readonly folder: string },
): Promise<Run> {
  const child = spawn(file, args, {
    cwd: options.cwd ?? options.folder,
    env: cleanEnvironment(options.folder, options.env),
    stdio: ["pipe", "pipe", "pipe"],
  });
  // It may end before it reads.
  child.stdin.on("error", () => {}).end(options.input);
  options.onStart?.(child);
  let [stdout, stderr] = ["", ""];
  if (options.closeStdout) child.stdout.destroy();
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
    options.onOutput?.(stdout, child);
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
  });
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (exitCode) => {
      const json = () => {
        // One document, on one line, and nothing else.
        if (!/^\{[^\n]*\}\n$/.test(stdout))
          throw new Error(`stdout is not one JSON document: ${stdout}\nstderr: ${stderr}`);
        return JSON.parse(stdout);
      };
      resolve({ exitCode, stdout, stderr, json });
    });
  });
}

/** Says what to do when the program was not built. */
export function requireBuild(): void {
  if (!existsSync(binary)) throw new Error(`${binary} is not there: run \`npm run build\` first.`);
}
