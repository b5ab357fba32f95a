import { execFile } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { cp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";

const root = join(import.meta.dirname, "../..");
const run = promisify(execFile);

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly dependencies?: Readonly<Record<string, string>>;
}

/** Empty projects into which the packages of this checkout were installed, as a registry would serve them. */
export interface EmptyProjects {
  /** A project with the packages in its node_modules and nothing else. */
  readonly folder: string;
  /**
   * Makes one more such project.
   *
   * @param manifest what its package.json says besides, e.g. `{ type: "commonjs" }`
   * @param files their texts by name
   * @returns its folder
   */
  another(manifest: object, files: Readonly<Record<string, string>>): Promise<string>;
  [Symbol.dispose](): void;
}

/**
 * Packs packages with `npm pack` and installs them with `npm install` into a project that has nothing. What they depend on is
 * packed from the checkout's node_modules, and npm is kept from the network and from its cache: a dependency that a package uses
 * and does not declare is missing.
 *
 * @param packages folders below the repository's root, built, e.g. `["packages/core", "node_modules/@supabase/supabase-js"]`
 * @returns the projects; disposing of them removes them
 * @throws Error with npm's words when something cannot be packed or installed
 */
export async function installPacked(packages: readonly string[]): Promise<EmptyProjects> {
  const home = mkdtempSync(join(tmpdir(), "vidops-packed-"));
  try {
    const wanted = packages.map((folder) => join(root, folder));
    const needed = new Set(wanted);
    for (const folder of wanted) addDependencies(folder, needed);
    await npm(home, ["pack", "--silent", "--ignore-scripts", "--pack-destination", home, ...needed]);

    const tarballs = (folders: Iterable<string>): Record<string, string> =>
      Object.fromEntries([...folders].map((folder) => [manifestOf(folder).name, tarball(home, folder)]));
    const folder = join(home, "empty");
    const manifest = { name: "empty", version: "1.0.0", private: true };
    mkdirSync(folder);
    // Whatever a package asks for is the packed one; what nobody asks for is not installed.
    const asked = { dependencies: tarballs(wanted), overrides: tarballs(needed) };
    writeFiles(folder, { "package.json": JSON.stringify({ ...manifest, ...asked }) });
    const alone = ["--offline", "--cache", join(home, "cache"), "--ignore-scripts"];
    await npm(folder, ["install", ...alone, "--no-audit", "--no-fund"]);

    return {
      folder,
      async another(more, files) {
        const other = mkdtempSync(join(home, "project-"));
        await cp(join(folder, "node_modules"), join(other, "node_modules"), { recursive: true });
        writeFiles(other, { "package.json": JSON.stringify({ ...manifest, ...more }), ...files });
        return other;
      },
      [Symbol.dispose]: () => rmSync(home, { recursive: true, force: true }),
    };
  } catch (error) {
    rmSync(home, { recursive: true, force: true });
    throw error;
  }
}

function writeFiles(folder: string, files: Readonly<Record<string, string>>): void {
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
}

/** Adds what a package says it depends on, found as Node finds it, and what that depends on. */
function addDependencies(folder: string, found: Set<string>): void {
  for (const name of Object.keys(manifestOf(folder).dependencies ?? {})) {
    const dependency = findPackage(name, folder);
    if (found.has(dependency)) continue;
    found.add(dependency);
    addDependencies(dependency, found);
  }
}

function findPackage(name: string, from: string): string {
  const path = join(from, "node_modules", name);
  if (existsSync(join(path, "package.json"))) return realpathSync(path);
  if (dirname(from) === from) throw new Error(`${name} is not installed`);
  return findPackage(name, dirname(from));
}

function manifestOf(folder: string): Manifest {
  return JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as Manifest;
}

/** Where `npm pack` put a package, as npm asks for it. */
function tarball(destination: string, folder: string): string {
  const { name, version } = manifestOf(folder);
  return `file:${destination}/${name.replace(/^@/, "").replace("/", "-")}-${version}.tgz`;
}

async function npm(cwd: string, args: readonly string[]): Promise<void> {
  try {
    await run("npm", args, { cwd, maxBuffer: 16 * 1024 * 1024 });
  } catch (error) {
    const { stdout, stderr } = error as { stdout?: string; stderr?: string };
    throw new Error(`npm ${args[0]} failed:\n${stdout}${stderr}`, { cause: error });
  }
}
