import { spawn } from "node:child_process";
import { performance } from "node:perf_hooks";
import { fileURLToPath } from "node:url";
import { startLocal } from "@vidops/local";
import postgres from "postgres";
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

/** Whole commands as a shell or a CI job sees them, against bare Node. */
export const commandLine: Benchmark = {
  name: "command-line",
  async run(say) {
    await using stack = await startLocal({ port: 0, dbPort: 0, ephemeral: true });
    const sql = postgres(stack.dbUrl, { max: 1, onnotice: () => {} });
    await sql`select public.add_credits(${stack.user.id}, 10, 'purchase')`;
    await sql.end();
    const { NODE_OPTIONS: _dropped, ...shell } = process.env;
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
    for (const args of [[bin, "--version"], [bin, "refund", "--help"], refund]) await wallTime(args, env);
    say("25 runs of each, in turn");
    const time = await inTurn(25, {
      node: () => wallTime(["-e", "0"], env),
      version: () => wallTime([bin, "--version"], env),
      help: () => wallTime([bin, "refund", "--help"], env),
      refund: () => wallTime(refund, env),
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
    ];
  },
};
