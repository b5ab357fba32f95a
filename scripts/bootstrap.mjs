/**
 * The one door of the repository: `npm run demo|test|check|bench|gen|build|test:runtimes` all come through here.
 *
 * It runs on any Node that npm runs on (no dependencies, no new syntax), installs what is missing, builds what is
 * stale, and then runs the task on the Node that package.json pins, so a machine with an old Node is fine too.
 */
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { accessSync, constants, existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { homedir, constants as os } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { underCheckoutLock } from "./checkout-lock.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const windows = process.platform === "win32";
const bin = join(root, "node_modules", ".bin");
const marker = join(root, "node_modules", ".installed-lockfile");
/** The first Node that runs TypeScript files as they are, without a flag or a warning. */
const oldestNode = { major: 22, minor: 18 };

/**
 * What each task runs, on the pinned Node; `build: false` says that it reads sources only.
 *
 * @type {Record<string, { build: boolean | "unless-sources-only", command: string[] }>}
 */
const tasks = {
  demo: { build: true, command: ["node", "packages/cli/dist/vidops.js", "demo"] },
  test: { build: "unless-sources-only", command: ["node", "node_modules/vitest/vitest.mjs", "run"] },
  check: { build: true, command: ["node", "scripts/check.ts"] },
  bench: { build: true, command: ["node", "--conditions=vidops-source", "benchmarks/run.ts"] },
  gen: { build: false, command: ["node", "--conditions=vidops-source", "scripts/gen.ts"] },
  build: { build: false, command: ["node", "scripts/build.ts"] },
  "test:runtimes": {
    build: true,
    command: ["node", "node_modules/vitest/vitest.mjs", "run", "--config", "tests/runtimes/vitest.config.ts"],
  },
};

const [taskName = "", ...taskArguments] = process.argv.slice(2);
const task = Object.hasOwn(tasks, taskName) ? tasks[taskName] : undefined;
if (task === undefined) {
  say(`usage: node scripts/bootstrap.mjs ${Object.keys(tasks).join("|")} [arguments]`);
  process.exit(2);
}

const started = Date.now();
const environment = taskEnvironment();
process.exit(await main(task));

/** @param {{ build: boolean | "unless-sources-only", command: string[] }} task */
async function main(task) {
  const prepared = await underCheckoutLock(join(root, ".vidops", "bootstrap.lock"), say, async () => {
    const installed = await install();
    if (installed !== 0) return installed;
    return needsBuild(task.build)
      ? await run([
          "node",
          "scripts/build.ts",
          "--if-stale",
          ...(taskName === "check" ? [] : ["--javascript"]),
        ])
      : 0;
  });
  const code = prepared === 0 ? await run([...task.command, ...taskArguments]) : prepared;
  const name = taskName === "test" ? "npm test" : `npm run ${taskName}`;
  say(`${name}: ${code === 0 ? "done" : `failed (exit ${code})`} in ${seconds(started)}`);
  return code;
}

/**
 * `npm test -- --project unit` needs no built packages; everything that runs the binary does.
 *
 * @param {boolean | "unless-sources-only"} build
 */
function needsBuild(build) {
  if (build !== "unless-sources-only") return build;
  const projects = taskArguments.flatMap((argument, at) =>
    argument === "--project"
      ? [taskArguments[at + 1]]
      : argument.startsWith("--project=")
        ? [argument.slice(10)]
        : [],
  );
  return projects.length === 0 || projects.some((project) => project !== "unit" && project !== "db");
}

async function install() {
  const reason = installReason();
  if (reason === null) return 0;
  const began = Date.now();
  const fresh = !existsSync(join(root, "node_modules"));
  // `npm ci` empties node_modules first: right for a clone, rude to whatever else runs in a checkout in use.
  const verb = fresh ? ["ci"] : ["install", "--no-save"];
  say(`${reason}: running \`npm ${verb.join(" ")}\` (packages from the npm registry, about 1 GB on disk)`);
  let code = await npm(verb);
  if (code !== 0 && fresh) {
    say(
      "`npm ci` failed; trying `npm install --no-save`, which forgives a package-lock.json that lacks an entry",
    );
    code = await npm(["install", "--no-save"]);
  }
  if (code !== 0) {
    say("The packages could not be installed; npm's own message is above.");
    return code;
  }
  writeFileSync(marker, lockfileHash());
  say(`installed in ${seconds(began)}`);
  return checkNode();
}

/** Null when node_modules matches package-lock.json. */
function installReason() {
  const npmsRecord = join(root, "node_modules", ".package-lock.json");
  if (!existsSync(join(root, "node_modules"))) return "node_modules is missing";
  if (!existsSync(npmsRecord)) return "node_modules is not complete";
  if (existsSync(marker) && readFileSync(marker, "utf8") === lockfileHash()) return nodeReason();
  if (statSync(npmsRecord).mtimeMs >= statSync(join(root, "package-lock.json")).mtimeMs) return nodeReason();
  return "node_modules is older than package-lock.json";
}

function nodeReason() {
  return existsSync(pinnedNode()) || isNewEnough(process.versions.node)
    ? null
    : "node_modules has no Node of its own";
}

function checkNode() {
  if (existsSync(pinnedNode())) return 0;
  if (isNewEnough(process.versions.node)) {
    say(
      `npm installed no Node of its own (install scripts are off?); going on with Node ${process.versions.node}`,
    );
    return 0;
  }
  say(
    `This machine's Node is ${process.versions.node}; Node ${oldestNode.major}.${oldestNode.minor} or newer is needed. The development dependency "node" ` +
      "brings one, but npm did not run its install script. Allow it (`npm rebuild node --ignore-scripts=false`), " +
      "or install Node 24, and run this again.",
  );
  return 1;
}

function pinnedNode() {
  return join(root, "node_modules", "node", "bin", windows ? "node.exe" : "node");
}

/** @param {string} version */
function isNewEnough(version) {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  return major > oldestNode.major || (major === oldestNode.major && minor >= oldestNode.minor);
}

function lockfileHash() {
  return createHash("sha256")
    .update(readFileSync(join(root, "package-lock.json")))
    .digest("hex");
}

/** @param {string[]} verb */
function npm(verb) {
  // The development dependencies and the platform binaries are the point, whatever the user's npm is set to; the
  // engines warning about an old Node is what this file is there to settle.
  const flags = [
    "--include=dev",
    "--include=optional",
    "--engine-strict=false",
    "--loglevel=error",
    "--no-audit",
    "--no-fund",
    "--no-update-notifier",
  ];
  const own = process.env.npm_execpath ?? "";
  const program = /npm-cli\.c?js$/.test(own) ? [process.execPath, own] : [windows ? "npm.cmd" : "npm"];
  return run([...program, ...verb, ...flags], { NODE_ENV: "development" });
}

function taskEnvironment() {
  /** @type {NodeJS.ProcessEnv} */
  const env = { ...process.env, PATH: `${bin}${delimiter}${process.env.PATH ?? ""}` };
  // A user without a home folder gets to run this too: npm's cache would be in there.
  const cache = env.npm_config_cache ?? defaultCache();
  if (cache === null || !canBeMade(cache)) env.npm_config_cache = join(root, ".vidops", "npm-cache");
  return env;
}

function defaultCache() {
  try {
    return join(homedir(), ".npm");
  } catch {
    return null;
  }
}

/**
 * Whether this user could write a folder, which need not exist yet.
 *
 * @param {string} folder
 */
function canBeMade(folder) {
  let existing = folder;
  while (!existsSync(existing) && dirname(existing) !== existing) existing = dirname(existing);
  try {
    accessSync(existing, constants.W_OK);
    return statSync(existing).isDirectory();
  } catch {
    return false;
  }
}

/**
 * Runs one command to its end, its output and input being ours, and resolves to its exit code.
 *
 * @param {string[]} command "node" stands for the pinned Node
 * @param {Record<string, string>} [extra] additional environment
 * @returns {Promise<number>}
 */
function run([program = "", ...rest], extra = {}) {
  const node = existsSync(pinnedNode()) ? pinnedNode() : process.execPath;
  const child = spawn(program === "node" ? node : program, rest, {
    cwd: root,
    env: { ...environment, ...extra },
    stdio: "inherit",
    shell: windows && program.endsWith(".cmd"),
  });
  // A terminal sends Ctrl-C to the whole group: passing it on would make it two, and the second means "at once".
  const terminal = process.stdin.isTTY || process.stdout.isTTY || process.stderr.isTTY;
  /** @param {NodeJS.Signals} signal */
  const forward = (signal) => {
    if (!(signal === "SIGINT" && terminal)) child.kill(signal);
  };
  const signals = /** @type {const} */ (["SIGINT", "SIGTERM", "SIGHUP"]);
  for (const signal of signals) process.on(signal, forward);
  return new Promise((resolve) => {
    /** @param {number} code */
    const settle = (code) => {
      for (const signal of signals) process.off(signal, forward);
      resolve(code);
    };
    child.on("error", (error) => {
      say(`${program} could not be started: ${error.message}`);
      settle(127);
    });
    child.on("exit", (code, signal) => settle(code ?? 128 + (signal === null ? 0 : os.signals[signal])));
  });
}

/** @param {string} message */
function say(message) {
  process.stderr.write(`vidops: ${message}\n`);
}

/** @param {number} since */
function seconds(since) {
  return `${((Date.now() - since) / 1000).toFixed(1)} s`;
}
