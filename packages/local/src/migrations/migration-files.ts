import { existsSync, readdirSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { LocalError, LocalErrorCode } from "../errors/local-error.ts";
import { packageRoot } from "../supervisor/package-root.ts";

/** A file of supabase/migrations. */
export interface MigrationFile {
  readonly version: string;
  readonly name: string;
  readonly path: string;
}

/**
 * Finds the migrations to apply: the folder given, else the nearest supabase/migrations from `cwd` upwards, else
 * the copy that came with this package.
 *
 * @throws LocalError `migrations_invalid` when the given folder does not exist.
 */
export function findMigrationsFolder(given: string | undefined, cwd: string = process.cwd()): string | null {
  if (given !== undefined) {
    const folder = resolve(cwd, given);
    if (existsSync(folder)) return folder;
    throw new LocalError(LocalErrorCode.MigrationsInvalid, `there is no migrations folder ${folder}`);
  }
  for (let folder = resolve(cwd); ; folder = dirname(folder)) {
    const candidate = join(folder, "supabase", "migrations");
    if (existsSync(candidate)) return candidate;
    if (folder === dirname(folder)) break;
  }
  const shipped = join(packageRoot(), "dist", "supabase", "migrations");
  return existsSync(shipped) ? shipped : null;
}

/**
 * Lists a folder's migrations in the order they apply. Files of other names are passed over, as the Supabase
 * CLI does.
 *
 * @throws LocalError `migrations_invalid` when two files bear one version.
 */
export function listMigrations(folder: string | null): MigrationFile[] {
  if (folder === null) return [];
  const files = readdirSync(folder)
    .sort()
    .flatMap((file): MigrationFile[] => {
      const [, version, name] = /^(\d+)_(.*)\.sql$/.exec(file) ?? [];
      return version === undefined || name === undefined ? [] : [{ version, name, path: join(folder, file) }];
    });
  files.sort((a, b) => compareVersions(a.version, b.version));
  for (const [index, file] of files.entries()) {
    const previous = files[index - 1];
    if (previous === undefined || compareVersions(previous.version, file.version) !== 0) continue;
    throw new LocalError(
      LocalErrorCode.MigrationsInvalid,
      `two migrations bear the version ${file.version}: ${previous.name} and ${file.name}`,
      "give one of them a later timestamp",
    );
  }
  return files;
}

/** Orders versions as numbers of any length. */
export function compareVersions(a: string, b: string): number {
  const length = Math.max(a.length, b.length);
  const [left, right] = [a.padStart(length, "0"), b.padStart(length, "0")];
  return left < right ? -1 : left > right ? 1 : 0;
}
