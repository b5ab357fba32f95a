import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/**
 * The folder of this package, found from the running file upwards, because a bundle moves that file.
 *
 * @returns an absolute path.
 * @example packageRoot(); // "/app/node_modules/@vidops/local"
 */
export function packageRoot(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  for (;;) {
    const manifest = join(folder, "package.json");
    if (existsSync(manifest) && JSON.parse(readFileSync(manifest, "utf8")).name === "@vidops/local")
      return folder;
    const parent = dirname(folder);
    if (parent === folder) throw new Error("@vidops/local cannot find its own package.json");
    folder = parent;
  }
}

/** Whether the package runs from its TypeScript sources, as it does inside its own repository. */
export function runsFromSources(): boolean {
  return import.meta.url.endsWith(".ts");
}
