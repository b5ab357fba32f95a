import { builtinModules } from "node:module";
import { posix } from "node:path";
import { findCycles } from "./cycles.ts";
import type { SourceFile } from "./imports.ts";
import {
  type Breach,
  emptyNames,
  environmentReaders,
  floors,
  generatedFiles,
  longestFile,
  packages,
  type Rule,
  reasonForLength,
  runtimeReaders,
  unportableGlobals,
} from "./rules.ts";

export interface Manifest {
  readonly name: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly exports?: Readonly<Record<string, unknown>>;
}

const builtins = new Set(builtinModules);
const testFile = /\.(test|test-d|bench)\.ts$|^packages\/(cli|core|sdk)\/src\/([^/]+\/)*testing\//;

/**
 * Holds every file against the rules.
 *
 * @param files the sources, as `readSource` gives them
 * @param manifests each package's package.json by its folder name; "" is the root's
 * @returns every breach, in the order of the files
 */
export function findBreaches(
  files: readonly SourceFile[],
  manifests: Readonly<Record<string, Manifest>>,
): Breach[] {
  const breaches: Breach[] = [];
  for (const file of files) {
    const add = (rule: Rule, to = ""): number => breaches.push({ from: file.path, to, rule });
    checkFile(file, add);
    for (const { target, kind } of file.imports) {
      if (target.startsWith(".")) checkRelative(file, target, add);
      else checkPackage(file, target, kind, manifests, add);
    }
  }
  breaches.push(...unknownRooms(files, manifests));
  for (const cycle of findCycles(files)) {
    breaches.push({ from: cycle[0] ?? "", to: cycle.slice(1).join(" -> "), rule: "cycle" });
  }
  return breaches;
}

type Add = (rule: Rule, to?: string) => unknown;

function checkFile(file: SourceFile, add: Add): void {
  const segments = file.path.split("/");
  const names = segments.map((segment) => segment.replace(/(\.(test|db|cli|edge))*\.ts$/, ""));
  if (names.some((name) => emptyNames.test(name))) add("empty-name");
  const long = file.lines > longestFile && !generatedFiles.has(file.path);
  if (long && !reasonForLength.test(file.head)) add("file-too-long", `${file.lines} lines`);
  const mayRead = environmentReaders.test(file.path) || testFile.test(file.path);
  if (packageOf(file.path) === "cli" && file.readsEnvironment && !mayRead) add("environment", "process.env");
  if (isPortable(file) && !runtimeReaders.test(file.path)) {
    for (const name of file.globals) if (unportableGlobals.has(name)) add("portable", name);
  }
}

function checkRelative(file: SourceFile, target: string, add: Add): void {
  if (!/\.(ts|mjs|json|sql)$/.test(target)) add("ts-ending", target);
  const to = posix.join(posix.dirname(file.path), target);
  const from = packageOf(file.path);
  if (from !== null && packageOf(to) !== from) {
    // A package's own package.json is its version; nothing else lies outside src.
    if (!testFile.test(file.path)) add("leaves-package", target);
    return;
  }
  const [here, there] = [roomOf(file.path), roomOf(to)];
  if (here === null || there === null || here === there) return;
  if (floorOf(there) >= floorOf(here)) add("room-direction", target);
  if (!to.endsWith(`/src/${there}/index.ts`)) add("room-door", target);
}

function checkPackage(
  file: SourceFile,
  target: string,
  kind: string,
  manifests: Readonly<Record<string, Manifest>>,
  add: Add,
): void {
  const isTest = testFile.test(file.path) || !file.path.startsWith("packages/");
  if (target.startsWith("node:") || builtins.has(target)) {
    if (isPortable(file)) add("portable", target);
    return;
  }
  const from = packageOf(file.path);
  const name = target.split("/", target.startsWith("@") ? 2 : 1).join("/");
  const other = Object.keys(packages).find((folder) => manifests[folder]?.name === name);
  if (other !== undefined) {
    const subpath = `.${target.slice(name.length)}`;
    if (manifests[other]?.exports?.[subpath] === undefined) add("room-door", target);
    if (from === null || from === other || (isTest && other === "local")) return;
    const allowed = packages[from];
    if (allowed?.lazily.includes(other)) {
      if (kind === "static") add("lazy-only", target);
    } else if (!allowed?.imports.includes(other)) {
      add("package-direction", target);
    }
    return;
  }
  const declared = [manifests[from ?? ""], ...(isTest ? [manifests[""]] : [])];
  const known = declared.some(
    (manifest) =>
      manifest?.dependencies?.[name] ??
      manifest?.devDependencies?.[name] ??
      manifest?.optionalDependencies?.[name],
  );
  if (!known) add("undeclared-package", target);
}

function unknownRooms(files: readonly SourceFile[], manifests: Readonly<Record<string, Manifest>>): Breach[] {
  const breaches: Breach[] = [];
  const known = new Set(floors.flat());
  const rooms = new Set(files.map((file) => roomOf(file.path)).filter((room) => room !== null));
  for (const room of rooms) {
    const door = manifests.core?.exports?.[`./${room}`];
    if (!known.has(room) || door === undefined) {
      breaches.push({ from: `packages/core/src/${room}`, to: "", rule: "room-unknown" });
    }
  }
  // A file beside the rooms would be a barrel that drags all of them in.
  for (const file of files) {
    if (/^packages\/core\/src\/[^/]+\.ts$/.test(file.path)) {
      breaches.push({ from: file.path, to: "", rule: "room-unknown" });
    }
  }
  return breaches;
}

function isPortable(file: SourceFile): boolean {
  return (packages[packageOf(file.path) ?? ""]?.portable ?? false) && !testFile.test(file.path);
}

/** "core" of "packages/core/src/…"; null outside of packages. */
function packageOf(path: string): string | null {
  return /^packages\/([^/]+)\//.exec(path)?.[1] ?? null;
}

/** "credits" of "packages/core/src/credits/…"; null where there are no rooms. */
function roomOf(path: string): string | null {
  return /^packages\/core\/src\/([^/]+)\//.exec(path)?.[1] ?? null;
}

/** A room that has no floor is reported once by "room-unknown", not again at each import. */
function floorOf(room: string): number {
  return floors.findIndex((floor) => floor.includes(room));
}
