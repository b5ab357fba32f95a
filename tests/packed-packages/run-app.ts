import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { build, transform } from "esbuild";
import { denoProgram } from "../deno/run-deno.ts";
import { askWorkerd } from "../runtimes/ask-workerd.ts";
import { bunProgram } from "../runtimes/find-programs.ts";

const run = promisify(execFile);
const root = join(import.meta.dirname, "../..");
const LIMIT = 60_000;

/** The programs that run a file of a project. */
const programs = {
  node: () => [process.execPath],
  // As people start it: TypeScript too, packages from node_modules, no permission but what an app needs.
  deno: () => [denoProgram(), "run", "--no-prompt", "--no-remote", "--no-lock", "--allow-net=127.0.0.1"],
  bun: () => [bunProgram(), "run"],
} as const;

/**
 * Runs a file of a project, which prints one line of JSON.
 *
 * @param runtime which
 * @param folder the project's
 * @param file its name
 * @returns what it printed
 * @throws Error with what it said, when it failed
 */
export async function runFile(
  runtime: keyof typeof programs,
  folder: string,
  file: string,
): Promise<unknown> {
  const [program = "", ...args] = programs[runtime]();
  const env = {
    ...process.env,
    DENO_DIR: join(root, ".vidops/deno"),
    DENO_NO_UPDATE_CHECK: "1",
    NO_COLOR: "1",
  };
  const { stdout } = await run(program, [...args, file], { cwd: folder, env, timeout: LIMIT });
  return JSON.parse(stdout);
}

/**
 * Runs a module of a project as a worker, bundled as Wrangler does it.
 *
 * @param folder the project's
 * @param source a module whose default export has `fetch`
 * @returns the JSON that it answered
 */
export async function runWorker(folder: string, source: string): Promise<unknown> {
  const { outputFiles } = await build({
    stdin: { contents: source, resolveDir: folder, loader: "ts" },
    ...{ bundle: true, write: false, format: "esm", target: "es2024", logLevel: "error" },
    ...{ conditions: ["workerd", "worker", "browser"], mainFields: ["browser", "module", "main"] },
  });
  return JSON.parse(await askWorkerd(outputFiles[0]?.text ?? "", LIMIT));
}

/** A TypeScript module as JavaScript of a module system; its imports become `require` for CommonJS. */
export async function compiled(source: string, format: "esm" | "cjs"): Promise<string> {
  return (await transform(source, { loader: "ts", format, platform: "node", target: "es2024" })).code;
}
