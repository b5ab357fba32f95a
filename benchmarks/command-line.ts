import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { fileURLToPath } from "node:url";
import { type LocalStack, startLocal } from "@vidops/local";
import postgres from "postgres";
import { writeLoginFile } from "../packages/cli/src/login/login-file.ts";
import { type Benchmark, compare, inTurn } from "./measure.ts";

const bin = fileURLToPath(new URL("../packages/cli/dist/vidops.js", import.meta.url));

/** Wall time in milliseconds of one run of Node with these arguments, from start to exit. */
async function wallTime(args: readonly string[], env: NodeJS.ProcessEnv): Promise<number> {
  const started = performance.now();
  const child = spawn(process.execPath, args, { env, stdio: ["ignore", "ignore", "pipe"] });
  let stderr = "";
  child.stderr.on("data", (chunk: Buffer) => (stderr += chunk));
  const code = await new Promise<number | null>((resolve) => child.on("close", resolve));
  if (code !== 0) throw new Error(`node ${args.join(" ")} exited ${code}: ${stderr}`);
  return performance.now() - started;
}

/** Signs the admin in, and keeps the login in a file of this configuration, as `vidops login` does without a keychain. */
async function keepLogin(
  { url, publishableKey, admin }: LocalStack,
  config: { readonly env: Record<string, string>; readonly home: string },
): Promise<void> {
  const response = await fetch(`${url}/auth/v1/token?grant_type=password`, {
    method: "POST",
    headers: { apikey: publishableKey, "content-type": "application/json" },
    body: JSON.stringify({ email: admin.email, password: admin.password }),
  });
  if (!response.ok) throw new Error(`not signed in: ${await response.text()}`);
  const { access_token, refresh_token, expires_in } = (await response.json()) as {
    access_token: string;
    refresh_token: string;
    expires_in: number;
  };
  const who = { userId: admin.id, email: admin.email, signedInAt: new Date().toISOString() };
  writeLoginFile(
    config,
    { url, place: "file", publishableKey, ...who },
    {
      accessToken: access_token,
      refreshToken: refresh_token,
      expiresAt: Math.floor(Date.now() / 1000) + expires_in,
    },
  );
}

/** Whole commands as a shell or a CI job sees them, against bare Node. */
export const commandLine: Benchmark = {
  name: "command-line",
  async run(say) {
    await using stack = await startLocal({ port: 0, dbPort: 0, ephemeral: true, seed: "demo" });
    const home = mkdtempSync(join(tmpdir(), "vidops-bench-"));
    using _home = { [Symbol.dispose]: () => rmSync(home, { recursive: true, force: true }) };
    const sql = postgres(stack.dbUrl, { max: 1, onnotice: () => {} });
    await sql`select public.add_credits(${stack.user.id}, 10, 'purchase')`;
    await sql.end();
    const { NODE_OPTIONS: _dropped, ...shell } = process.env;
    const { SUPABASE_SECRET_KEY: _key, VIDOPS_ADMIN: _admin, ...nobody } = shell;
    const config = { env: { XDG_CONFIG_HOME: join(home, "config") }, home };
    await keepLogin(stack, config);
    const signedIn = { ...nobody, ...config.env, SUPABASE_URL: stack.url };
    const env = {
      ...shell,
      SUPABASE_URL: stack.url,
      SUPABASE_SECRET_KEY: stack.secretKey,
      VIDOPS_ADMIN: stack.admin.id,
    };
    const refund = [
      bin,
      "refund",
      "--user",
      stack.user.id,
      "--amount",
      "1",
      "--reason",
      "bench",
      "--yes",
      "--json",
    ];
    // The first runs fill Node's compile cache and the page cache.
    const models = [bin, "models", "list", "--json"];
    const completion = [bin, "__complete", "bash", "vidops models show ", " "];
    for (const args of [[bin, "--version"], [bin, "refund", "--help"], refund, models, completion])
      await wallTime(args, env);
    await wallTime(models, signedIn);
    say("25 runs of each, in turn");
    const time = await inTurn(25, {
      node: () => wallTime(["-e", "0"], env),
      version: () => wallTime([bin, "--version"], env),
      help: () => wallTime([bin, "refund", "--help"], env),
      refund: () => wallTime(refund, env),
      models: () => wallTime(models, env),
      modelsSignedIn: () => wallTime(models, signedIn),
      completion: () => wallTime(completion, env),
    });
    const row = (what: string, value: number, atMost: number) =>
      compare({
        what,
        unit: "ms",
        value,
        baseline: "node -e 0",
        baselineValue: time.node,
        bound: { atMost },
      });
    return [
      row("vidops --version", time.version, 1.5),
      row("vidops refund --help", time.help, 2),
      row("vidops refund … --yes --json, whole", time.refund, 5),
      row("vidops models list --json, whole", time.models, 5),
      row("vidops models list --json, with a login in a file", time.modelsSignedIn, 5),
      row("Tab behind vidops models show", time.completion, 5),
    ];
  },
};
