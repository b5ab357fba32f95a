import { createRequire } from "node:module";
import { join } from "node:path";

/**
 * Finds the program of the npm package `deno`: beside this package, else in the project. Asking also puts it in place where
 * install scripts are off.
 *
 * @param project a folder of the project
 * @returns its path; null where the package is not installed
 */
export function findDeno(project: string): string | null {
  for (const from of [import.meta.url, join(project, "package.json")]) {
    try {
      const { runInstall } = createRequire(from)("deno/install_api.cjs") as { runInstall(): string };
      return runInstall();
    } catch {
      // Not installed there, or not for this platform.
    }
  }
  return null;
}
