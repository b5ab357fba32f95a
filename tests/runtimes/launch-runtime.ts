import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium } from "playwright-core";
import { runDeno } from "../deno/run-deno.ts";
import { askWorkerd } from "./ask-workerd.ts";
import type { RuntimeReport } from "./check-runtime.ts";
import type { RuntimeName } from "./failure-cases.ts";
import { bunProgram, chromiumProgram } from "./find-programs.ts";
import type { MisbehavingServer } from "./misbehaving-server.ts";

/** What a runtime said. */
export interface RuntimeRun extends RuntimeReport {
  readonly version: string;
  /** Milliseconds from the report to the end of the process; null where the process is not the program's. */
  readonly lingered: number | null;
}

type Launch = (bundle: string, server: MisbehavingServer) => Promise<RuntimeRun>;

const LIMIT = 90_000;
const require = createRequire(import.meta.url);

/**
 * Runs the checks on a runtime and takes down its report.
 *
 * @param runtime which
 * @param bundle one ES module that exports `checkRuntime`
 * @param server where the checks send their requests
 * @returns the report
 * @throws Error with what the runtime printed, when it ended without one
 */
export function launchRuntime(
  runtime: RuntimeName,
  bundle: string,
  server: MisbehavingServer,
): Promise<RuntimeRun> {
  return launches[runtime](bundle, server);
}

const launches: Readonly<Record<RuntimeName, Launch>> = {
  node: (bundle, server) =>
    inFolder({ "checks.mjs": bundle + printing("node", server, "process.version.slice(1)") }, (folder) =>
      readReport(spawn(process.execPath, [join(folder, "checks.mjs")])),
    ),
  bun: (bundle, server) =>
    inFolder({ "checks.mjs": bundle + printing("bun", server, "Bun.version") }, (folder) =>
      readReport(spawn(bunProgram(), ["run", join(folder, "checks.mjs")])),
    ),
  deno: async (bundle, server) => {
    // A host that is not named here is refused, which is a case of its own.
    const permissions = [`--allow-net=127.0.0.1,${"a".repeat(64)}.invalid`];
    const source = `// @ts-nocheck\n${bundle}${printing("deno", server, "Deno.version.deno")}`;
    const run = await runDeno(source, { permissions, timeoutMs: LIMIT });
    return parseReport(run.stdout, `${run.stdout}${run.stderr}`, Date.now());
  },
  workerd: async (bundle, server) => {
    const report = `await checkRuntime(${JSON.stringify(server.targets)}, "workerd")`;
    const worker = `${bundle}\nexport default { fetch: async () => Response.json(${report}) };`;
    const body = await askWorkerd(worker, LIMIT);
    const { version } = require("workerd/package.json") as { version: string };
    return { ...(JSON.parse(body) as RuntimeReport), version, lingered: null };
  },
  chromium: async (bundle, server) => {
    server.publish("/checks.js", bundle);
    server.publish("/page", "<!doctype html><title>checks</title>");
    const browser = await chromium.launch({
      executablePath: chromiumProgram() ?? "",
      // No name is looked up anywhere: the case of a host that is not there stays on this machine.
      args: ["--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1"],
    });
    try {
      const page = await browser.newPage();
      page.setDefaultTimeout(LIMIT);
      await page.goto(`${server.targets.origin}/page`);
      const report = await page.evaluate(
        `import("/checks.js").then((checks) => checks.checkRuntime(${JSON.stringify(server.targets)}, "chromium"))`,
      );
      return { ...(report as RuntimeReport), version: browser.version(), lingered: null };
    } finally {
      await browser.close();
    }
  },
};

/** The end of the module: run the checks, print one line. */
function printing(runtime: RuntimeName, { targets }: MisbehavingServer, version: string): string {
  const report = `await checkRuntime(${JSON.stringify(targets)}, "${runtime}")`;
  return `\nconsole.log("REPORT " + JSON.stringify({ version: ${version}, ...${report}, at: Date.now() }));\n`;
}

function parseReport(stdout: string, said: string, ended: number): RuntimeRun {
  const line = stdout.split("\n").find((text) => text.startsWith("REPORT "));
  if (line === undefined) throw new Error(`There was no report; the runtime said:\n${said}`);
  const { at, ...report } = JSON.parse(line.slice("REPORT ".length)) as RuntimeRun & { at: number };
  return { ...report, lingered: ended - at };
}

async function readReport(child: ChildProcess): Promise<RuntimeRun> {
  const said = collect(child);
  const limit = setTimeout(() => child.kill("SIGKILL"), LIMIT);
  await new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", resolve);
  });
  clearTimeout(limit);
  return parseReport(said(), said(), Date.now());
}

function collect(child: ChildProcess): () => string {
  let text = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding("utf8").on("data", (chunk: string) => {
      text += chunk;
    });
  }
  return () => text;
}

async function inFolder<T>(
  files: Readonly<Record<string, string>>,
  run: (folder: string) => Promise<T>,
): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), "vidops-runtimes-"));
  try {
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
    return await run(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
