import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

/** A stand-in for npm: writes down what it was asked, and makes the node_modules that an install makes. */
const fakeNpm = `
import { appendFileSync, existsSync, mkdirSync, writeFileSync } from "node:fs";
const verb = process.argv.slice(2).filter((word) => !word.startsWith("--loglevel")).join(" ");
appendFileSync("npm.log", verb + "\\n");
if (verb.startsWith("ci") && existsSync("ci-fails")) process.exit(1);
mkdirSync("node_modules", { recursive: true });
writeFileSync("node_modules/.package-lock.json", "{}");
`;

/** A repository as small as can be: the real bootstrap, and tasks that print what they were given. */
function repository(): string {
  const folder = mkdtempSync(join(tmpdir(), "vidops-bootstrap-"));
  folders.push(folder);
  mkdirSync(join(folder, "scripts"));
  mkdirSync(join(folder, "npm"));
  for (const script of ["bootstrap.mjs", "checkout-lock.mjs"]) {
    cpSync(join(import.meta.dirname, "../scripts", script), join(folder, "scripts", script));
  }
  writeFileSync(join(folder, "npm/npm-cli.mjs"), fakeNpm);
  writeFileSync(join(folder, "npm/npm-cli.js"), `import("./npm-cli.mjs");`);
  writeFileSync(join(folder, "package.json"), `{ "type": "commonjs" }`);
  writeFileSync(join(folder, "package-lock.json"), `{ "lockfileVersion": 3 }`);
  writeFileSync(join(folder, "scripts/build.ts"), `console.log("build", ...process.argv.slice(2));`);
  writeFileSync(
    join(folder, "scripts/gen.ts"),
    `console.log("gen", ...process.argv.slice(2)); process.exitCode = 3;`,
  );
  writeFileSync(
    join(folder, "scripts/check.ts"),
    `process.on("SIGTERM", () => { console.log("check got SIGTERM"); process.exit(7); });
    setInterval(() => {}, 1000);
    console.log("check");`,
  );
  return folder;
}

function start(
  folder: string,
  args: readonly string[],
  env: Record<string, string> = {},
): { child: ChildProcess; output: () => string } {
  let output = "";
  const child = spawn(process.execPath, [join(folder, "scripts/bootstrap.mjs"), ...args], {
    env: { ...process.env, npm_execpath: join(folder, "npm/npm-cli.js"), ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on("data", (chunk: Buffer) => {
      output += chunk.toString();
    });
  }
  return { child, output: () => output };
}

async function run(
  folder: string,
  task: string,
  env: Record<string, string> = {},
): Promise<{ code: number | null; output: string }> {
  const { child, output } = start(folder, task.split(" "), env);
  const [code] = (await once(child, "close")) as [number | null];
  return { code, output: output() };
}

const npmLog = (folder: string): string[] =>
  existsSync(join(folder, "npm.log")) ? readFileSync(join(folder, "npm.log"), "utf8").trim().split("\n") : [];

describe("the door of the npm scripts", () => {
  it("installs with npm ci in a fresh clone, says so, and passes arguments and the exit code through", async () => {
    const folder = repository();
    const { code, output } = await run(folder, "gen --check types");
    expect(code).toBe(3);
    expect(output).toContain("node_modules is missing: running `npm ci`");
    expect(output).toContain("gen --check types");
    expect(output).toMatch(/npm run gen: failed \(exit 3\) in \d+\.\d s/);
    expect(npmLog(folder)).toEqual([expect.stringMatching(/^ci --include=dev --include=optional/)]);
  });

  it("installs nothing the second time, also when a checkout touched the lockfile", async () => {
    const folder = repository();
    await run(folder, "build");
    const later = new Date(Date.now() + 60_000);
    utimesSync(join(folder, "package-lock.json"), later, later);
    const { code, output } = await run(folder, "build");
    expect(code).toBe(0);
    expect(output).not.toContain("npm ci");
    expect(npmLog(folder)).toHaveLength(1);
  });

  it("brings node_modules up to date, without emptying it, when the lockfile changed", async () => {
    const folder = repository();
    await run(folder, "build");
    writeFileSync(join(folder, "package-lock.json"), `{ "lockfileVersion": 3, "changed": true }`);
    const later = new Date(Date.now() + 60_000);
    utimesSync(join(folder, "package-lock.json"), later, later);
    const { output } = await run(folder, "build");
    expect(output).toContain("node_modules is older than package-lock.json: running `npm install --no-save`");
    expect(npmLog(folder)[1]).toMatch(/^install --no-save/);
  });

  it("falls back to npm install when npm ci refuses the lockfile", async () => {
    const folder = repository();
    writeFileSync(join(folder, "ci-fails"), "");
    const { code, output } = await run(folder, "build");
    expect(code).toBe(0);
    expect(output).toContain("`npm ci` failed; trying `npm install --no-save`");
    expect(npmLog(folder)).toHaveLength(2);
  });

  it("passes SIGTERM on and exits as the task does", async () => {
    const folder = repository();
    const { child, output } = start(folder, ["check"]);
    while (!output().includes("check\n")) await new Promise((resolve) => setTimeout(resolve, 20));
    child.kill("SIGTERM");
    const [code] = (await once(child, "close")) as [number | null];
    expect(code).toBe(7);
    expect(output()).toContain("check got SIGTERM");
  });

  it("lets one process at a time install, and takes over from one that died", async () => {
    const folder = repository();
    const lock = join(folder, ".vidops/bootstrap.lock");
    mkdirSync(lock, { recursive: true });
    const other = spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"]);
    writeFileSync(join(lock, "pid"), String(other.pid));
    const { child, output } = start(folder, ["build"]);
    while (!output().includes("waiting for it")) await new Promise((resolve) => setTimeout(resolve, 20));
    expect(npmLog(folder)).toEqual([]);
    other.kill("SIGKILL");
    const [code] = (await once(child, "close")) as [number | null];
    expect(code).toBe(0);
    expect(existsSync(lock)).toBe(false);
  });

  it("refuses a task it does not know, with exit 2", async () => {
    const { code, output } = await run(repository(), "deploy");
    expect(code).toBe(2);
    expect(output).toContain("demo|test|check|bench|gen|build");
  });

  it("keeps npm's cache in the checkout when it cannot be where npm wants it", async () => {
    const folder = repository();
    writeFileSync(
      join(folder, "npm/npm-cli.mjs"),
      `${fakeNpm}\nappendFileSync("npm.log", process.env.npm_config_cache + "\\n");`,
    );
    await run(folder, "build", { npm_config_cache: join(folder, "package.json/no/folder") });
    expect(npmLog(folder)[1]).toBe(join(folder, ".vidops/npm-cache"));
  });

  it("leaves npm's cache where it is when it can be made", async () => {
    const folder = repository();
    writeFileSync(
      join(folder, "npm/npm-cli.mjs"),
      `${fakeNpm}\nappendFileSync("npm.log", process.env.npm_config_cache + "\\n");`,
    );
    await run(folder, "build", { npm_config_cache: join(folder, "cache/of/npm") });
    expect(npmLog(folder)[1]).toBe(join(folder, "cache/of/npm"));
  });
});
