import { existsSync, globSync, readFileSync } from "node:fs";
import { join } from "node:path";

export interface Difference {
  readonly path: string;
  readonly why: "missing" | "differs" | "no longer generated";
}

/**
 * Compares what was generated with what is on disk.
 *
 * @param root the repository's folder
 * @param files the texts that should be there, by their path below it
 * @param folders globs of files that are all generated: what lies there and is not in `files` has to go
 * @returns what writing would change, by path
 */
export function findDifferences(
  root: string,
  files: ReadonlyMap<string, string>,
  folders: readonly string[],
): Difference[] {
  const found: Difference[] = [];
  for (const [path, text] of files) {
    const file = join(root, path);
    if (!existsSync(file)) found.push({ path, why: "missing" });
    else if (readFileSync(file, "utf8").replaceAll("\r\n", "\n") !== text)
      found.push({ path, why: "differs" });
  }
  for (const path of globSync([...folders], { cwd: root })) {
    const name = path.replaceAll("\\", "/");
    if (!files.has(name)) found.push({ path: name, why: "no longer generated" });
  }
  return found.sort((a, b) => (a.path < b.path ? -1 : 1));
}
