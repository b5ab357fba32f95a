import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { parseEnv } from "node:util";

/** A project's Edge Functions, as its files say. */
export interface ProjectFunctions {
  /** supabase/functions. */
  readonly folder: string;
  /** Whether a folder of that name holds a function. */
  has(name: string): boolean;
  /** What config.toml says, true unless it says otherwise: the gateway lets in only who has a token of the project. */
  verifiesJwt(name: string): boolean;
  /** What supabase/functions/.env sets. */
  env(): Record<string, string>;
  /** Another text when a file below the folder has changed. */
  version(): string;
}

/**
 * Reads what the Supabase CLI reads, each time anew, so that a change needs no restart of the stack.
 *
 * @param folder supabase/functions
 * @see https://supabase.com/docs/guides/functions/function-configuration
 */
export function projectFunctions(folder: string): ProjectFunctions {
  return {
    folder,
    has: (name) => /^[A-Za-z0-9][\w-]*$/.test(name) && existsSync(join(folder, name, "index.ts")),
    verifiesJwt: (name) => settingOf(readText(join(dirname(folder), "config.toml")), name) !== "false",
    env: () => {
      const values = parseEnv(readText(join(folder, ".env")));
      return Object.fromEntries(
        Object.entries(values).filter((entry): entry is [string, string] => entry[1] !== undefined),
      );
    },
    version: () => newestChange(folder),
  };
}

function newestChange(folder: string): string {
  const times = readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((path) => !/(^|[\\/])node_modules([\\/]|$)/.test(path))
    .map((path) => statSync(join(folder, path), { throwIfNoEntry: false })?.mtimeMs ?? 0);
  return `${times.length} ${Math.max(0, ...times)}`;
}

/** `verify_jwt` of `[functions.name]`; TOML is not read further than that. */
function settingOf(config: string, name: string): string | null {
  let section = "";
  for (const line of config.split("\n")) {
    section = /^\s*\[\s*([^\]]+?)\s*\]/.exec(line)?.[1]?.replaceAll('"', "") ?? section;
    const value = /^\s*verify_jwt\s*=\s*(true|false)\b/.exec(line)?.[1];
    if (value !== undefined && section === `functions.${name}`) return value;
  }
  return null;
}

/** How Deno finds what functions import. */
export interface ImportPlan {
  /** Packages come from the node_modules above the functions, as in a checkout; else from npm. */
  readonly fromNodeModules: boolean;
  /** What the functions' deno.json files name, as far as it is needed. */
  readonly imports: Readonly<Record<string, string>>;
  /** Folders that imports are read from: the functions' own, and whatever holds a node_modules for them. */
  readonly folders: readonly string[];
}

/**
 * Plans where imports come from: from node_modules where all packages are there, else from npm, as each deno.json says.
 *
 * @param names the functions
 */
export function importPlan(folder: string, names: readonly string[]): ImportPlan {
  const entries = names.flatMap((name) => {
    const { imports = {} } = readJson(join(folder, name, "deno.json")) as {
      imports?: Record<string, string>;
    };
    const base = pathToFileURL(join(folder, name, "/"));
    return Object.entries(imports).map(([specifier, target]) =>
      isPath(target) ? [specifier, new URL(target, base).href] : [specifier, target],
    ) as [string, string][];
  });
  const paths = createRequire(join(folder, "index.ts")).resolve.paths("vidops") ?? [];
  const isInstalled = ([, target]: [string, string]): boolean => {
    const [, name = ""] = /^npm:((?:@[^/@]+\/)?[^/@]+)/.exec(target) ?? [];
    return target.startsWith("file:") || paths.some((path) => name !== "" && existsSync(join(path, name)));
  };
  const fromNodeModules = entries.every(isInstalled);
  const needed = fromNodeModules ? entries.filter(([, target]) => target.startsWith("file:")) : entries;
  // A workspace's packages lie beside node_modules, which only links to them.
  const folders = [folder, ...paths.filter((path) => existsSync(path)).map(dirname)];
  return { fromNodeModules, imports: Object.fromEntries(needed), folders };
}

function isPath(target: string): boolean {
  return /^\.{0,2}\//.test(target);
}

function readJson(path: string): unknown {
  return JSON.parse(readText(path) || "{}");
}

function readText(path: string): string {
  return existsSync(path) ? readFileSync(path, "utf8") : "";
}
