import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import type { TestStack } from "@vidops/local/testing";
import { denoProgram } from "../deno/run-deno.ts";

const root = join(import.meta.dirname, "../..");

/** An Edge Function that runs. */
export interface ServedFunction {
  readonly url: string;
  /** What it printed so far: its log. */
  readonly log: () => string;
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * Runs an Edge Function of this project in Deno, as Supabase does: its own index.ts, the environment that Supabase sets, and no
 * permission but to reach the stack. Packages are those of the checkout; what `deno.json` names is held to them by a test.
 *
 * @param name the folder in supabase/functions
 * @param stack the project it belongs to
 * @returns where it listens
 */
export async function serveFunction(name: string, stack: TestStack): Promise<ServedFunction> {
  const env = {
    SUPABASE_URL: stack.url,
    SUPABASE_PUBLISHABLE_KEYS: JSON.stringify({ default: stack.publishableKey }),
    SUPABASE_SECRET_KEYS: JSON.stringify({ default: stack.secretKey }),
  };
  const child = spawn(
    denoProgram(),
    [
      ...["run", "--no-prompt", "--no-remote", "--no-lock"],
      // A module from stdin takes its packages from the checkout, where one from its folder takes what deno.json names.
      ...[`--allow-net=${new URL(stack.url).host},127.0.0.1:0`, "--allow-env", "-"],
    ],
    {
      cwd: root,
      env: {
        ...process.env,
        ...env,
        DENO_DIR: join(root, ".vidops/deno"),
        DENO_NO_UPDATE_CHECK: "1",
        DENO_SERVE_ADDRESS: "tcp:127.0.0.1:0",
        NO_COLOR: "1",
      },
    },
  );
  child.stdin.end(`import "./supabase/functions/${name}/index.ts";`);
  let printed = "";
  const url = await new Promise<string>((resolve, reject) => {
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (chunk: string) => {
        printed += chunk;
        const [, port] = /Listening on http:\/\/127\.0\.0\.1:(\d+)/.exec(printed) ?? [];
        if (port !== undefined) resolve(`http://127.0.0.1:${port}/functions/v1/${name}`);
      });
    }
    child.on("error", reject);
    child.on("exit", (code) => reject(new Error(`Deno ended with ${code}:\n${printed}`)));
  });
  return {
    url,
    log: () => printed,
    [Symbol.asyncDispose]: async () => {
      const ended = once(child, "exit");
      child.kill("SIGKILL");
      await ended;
    },
  };
}
