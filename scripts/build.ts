/**
 * Builds the packages: JavaScript with tsup, then declarations with `tsc -b` (tsup's own `--dts` does not run on
 * TypeScript 7).
 *
 * `node scripts/build.ts` builds all; `--if-stale` builds only when a source differs from what was built last, told
 * by content, so that a checkout or a copied folder with new file times costs nothing. `--javascript` leaves out the
 * declarations, which nothing needs that only runs.
 */
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import {
  chmodSync,
  existsSync,
  globSync,
  mkdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";

/** In this order: a package is bundled after those it takes from. */
const stages: readonly (readonly string[])[] = [
  ["core", "local"],
  ["sdk", "cli"],
];
const root = join(import.meta.dirname, "..");

/** The sources' fingerprint: every file that can change what dist holds. */
function fingerprint(): string {
  const hash = createHash("sha256");
  const files = globSync(
    [
      "packages/*/src/**/*.{ts,json,sql,sh}",
      "packages/*/{package,tsconfig}.json",
      "packages/*/tsup.config.ts",
      "supabase/migrations/*.sql",
      "supabase/*.sql",
      "tsconfig.json",
      "tsconfig.base.json",
      "package-lock.json",
      "scripts/build.ts",
    ],
    { cwd: root },
  );
  for (const file of files.filter((name) => !/\.(test|test-d)\.ts$/.test(name)).sort()) {
    hash
      .update(`${file}\0`)
      .update(readFileSync(join(root, file)))
      .update("\0");
  }
  return hash.digest("hex");
}

/** Runs a program of node_modules on this Node; shows what it printed only when it failed. */
async function run(program: string, args: readonly string[], folder: string): Promise<void> {
  const child = spawn(process.execPath, [join(root, "node_modules", program), ...args], {
    cwd: folder,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  child.stdout.on("data", (chunk: Buffer) => {
    output += chunk.toString();
  });
  child.stderr.on("data", (chunk: Buffer) => {
    output += chunk.toString();
  });
  const code = await new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", resolve);
  });
  if (code !== 0) throw new Error(`${program.split("/")[0]} failed in ${folder}:\n${output}`);
}

const packages = stages.flat();

async function buildJavaScript(): Promise<void> {
  for (const name of packages) {
    rmSync(join(root, "packages", name, "dist"), { recursive: true, force: true });
    // With dist: tsc believes its build info and would not write declarations that somebody deleted.
    rmSync(join(root, ".vidops", "tsc", `${name}.tsbuildinfo`), { force: true });
  }
  for (const stage of stages) {
    await Promise.all(stage.map((name) => run("tsup/dist/cli-default.js", [], join(root, "packages", name))));
  }
}

/**
 * Makes `npx vidops` run this checkout's CLI. npm links a workspace's bin only when the file exists at install, and
 * in a fresh clone it does not; without the link npx would offer whatever the registry has by that name.
 */
function linkCli(): void {
  const link = join(root, "node_modules/.bin/vidops");
  chmodSync(join(root, "packages/cli/dist/vidops.js"), 0o755);
  if (process.platform === "win32") {
    writeFileSync(`${link}.cmd`, '@node "%~dp0\\..\\vidops\\dist\\vidops.js" %*\r\n');
  } else if (!existsSync(link)) {
    rmSync(link, { force: true });
    symlinkSync("../vidops/dist/vidops.js", link);
  }
}

async function buildDeclarations(): Promise<void> {
  await run("typescript/bin/tsc", ["-b", ...packages.map((name) => `packages/${name}`)], root);
}

const { values: flags } = parseArgs({
  options: { "if-stale": { type: "boolean" }, javascript: { type: "boolean" } },
});
const started = performance.now();
const stamps = join(root, ".vidops", "built");
const current = fingerprint();
const isDone = (part: string): boolean =>
  existsSync(join(stamps, part)) &&
  readFileSync(join(stamps, part), "utf8") === current &&
  packages.every((name) => existsSync(join(root, "packages", name, "dist")));
const done = (part: string): void => {
  mkdirSync(stamps, { recursive: true });
  writeFileSync(join(stamps, part), current);
};

try {
  const parts: string[] = [];
  if (flags["if-stale"] !== true || !isDone("javascript")) {
    rmSync(stamps, { recursive: true, force: true });
    await buildJavaScript();
    linkCli();
    done("javascript");
    parts.push("JavaScript");
  }
  if (flags.javascript !== true && !isDone("declarations")) {
    await buildDeclarations();
    done("declarations");
    parts.push("declarations");
  }
  if (parts.length > 0) {
    const seconds = ((performance.now() - started) / 1000).toFixed(1);
    console.error(`vidops: built the packages' ${parts.join(" and ")} in ${seconds} s`);
  }
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
