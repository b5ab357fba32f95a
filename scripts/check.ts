/**
 * Everything that can be said about the code without running the product. All checks run, whatever fails, so one
 * look shows all there is to mend; the exit code is 1 if any failed.
 *
 * `npm run check` runs all; `npm run check -- types lint` runs those two.
 */
import { spawn } from "node:child_process";
import { globSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const root = join(import.meta.dirname, "..");

interface Outcome {
  readonly ok: boolean;
  readonly output: string;
}

interface Check {
  readonly name: string;
  readonly what: string;
  readonly run: () => Promise<Outcome>;
  /** The command that mends most of it, where there is one and the check does not say so itself. */
  readonly mend?: string;
}

/** Runs a program on this Node (or npm), with no input and no colour, and keeps what it prints. */
async function execute(program: string, args: readonly string[]): Promise<Outcome> {
  const [command, rest] = program === "npm" ? ["npm", args] : [process.execPath, [program, ...args]];
  const child = spawn(command, rest, {
    cwd: root,
    env: { ...process.env, NO_COLOR: "1", FORCE_COLOR: "0" },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const chunks: Buffer[] = [];
  child.stdout.on("data", (chunk: Buffer) => chunks.push(chunk));
  child.stderr.on("data", (chunk: Buffer) => chunks.push(chunk));
  const code = await new Promise((resolve) => {
    child.on("error", () => resolve(127));
    child.on("close", resolve);
  });
  return { ok: code === 0, output: Buffer.concat(chunks).toString().trim() };
}

const tool =
  (path: string, ...args: string[]) =>
  (): Promise<Outcome> =>
    execute(join(root, "node_modules", path), args);

/** What a registry would serve: each package packed, then read by publint and by are-the-types-wrong. */
async function checkPackedPackages(): Promise<Outcome> {
  const folder = mkdtempSync(join(tmpdir(), "vidops-pack-"));
  try {
    const packed = await execute("npm", ["pack", "--workspaces", "--silent", "--pack-destination", folder]);
    if (!packed.ok) return packed;
    const results: Outcome[] = [];
    for (const tarball of globSync("*.tgz", { cwd: folder }).sort()) {
      const file = join(folder, tarball);
      results.push(await tool("publint/src/cli.js", "--strict", file)());
      // The CLI is a program: it exports nothing, so it has no types that could be wrong.
      if (!/^vidops-\d/.test(tarball)) {
        results.push(
          await tool(
            "@arethetypeswrong/cli/dist/index.js",
            file,
            "--profile",
            "esm-only",
            "--format",
            "ascii",
          )(),
        );
      }
    }
    const expected = globSync("packages/*/package.json", { cwd: root }).length;
    const tarballs = globSync("*.tgz", { cwd: folder }).length;
    return {
      ok: results.every((result) => result.ok) && tarballs === expected,
      output: [
        ...(tarballs === expected ? [] : [`${tarballs} of ${expected} packages could be packed`]),
        ...results.filter((result) => !result.ok).map((result) => result.output),
      ].join("\n\n"),
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const checks: readonly Check[] = [
  { name: "types", what: "tsc -b, tests and scripts too", run: tool("typescript/bin/tsc", "-b") },
  {
    name: "lint",
    what: "biome ci",
    run: tool("@biomejs/biome/bin/biome", "ci", "--colors=off"),
    mend: "npx biome check --write .",
  },
  {
    name: "imports",
    what: "import rules, and calls against the SQL functions",
    run: tool(
      "vitest/vitest.mjs",
      ...["run", "--project", "unit", "--reporter=dot"],
      ...["tests/import-rules.test.ts", "tests/sql-contract.test.ts"],
    ),
  },
  {
    name: "generated",
    what: "schema, types and reference are up to date",
    run: () => execute("--conditions=vidops-source", ["scripts/gen.ts", "--check"]),
  },
  {
    name: "lockfile",
    what: "package-lock.json names every platform",
    run: () => execute("scripts/complete-lockfile.mjs", ["--check"]),
  },
  {
    name: "packages",
    what: "publint and are-the-types-wrong on what would be published",
    run: checkPackedPackages,
  },
];

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !checks.some((check) => check.name === name));
if (unknown.length > 0) {
  console.error(
    `no check named ${unknown.join(", ")}; there are: ${checks.map((check) => check.name).join(", ")}`,
  );
  process.exit(2);
}
const chosen = checks.filter((check) => wanted.length === 0 || wanted.includes(check.name));
const failures: { name: string; output: string }[] = [];
for (const { name, what, run, mend } of chosen) {
  const started = performance.now();
  const { ok, output } = await run();
  const time = `${((performance.now() - started) / 1000).toFixed(1)} s`;
  console.log(`${ok ? "ok  " : "FAIL"}  ${name.padEnd(10)} ${time.padStart(7)}  ${what}`);
  if (!ok) failures.push({ name, output: mend === undefined ? output : `${output}\n\nTo mend: ${mend}` });
}
for (const { name, output } of failures) console.log(`\n── ${name} ──\n${output}`);
const version = (
  JSON.parse(readFileSync(join(root, "node_modules/typescript/package.json"), "utf8")) as { version: string }
).version;
console.log(
  failures.length === 0
    ? `\n${chosen.length} checks passed (Node ${process.versions.node}, TypeScript ${version})`
    : `\n${failures.length} of ${chosen.length} checks failed: ${failures.map((failure) => failure.name).join(", ")}`,
);
process.exitCode = failures.length === 0 ? 0 : 1;
