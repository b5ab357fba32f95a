import { posix } from "node:path";
import type { SourceFile } from "./imports.ts";

/**
 * Finds the cycles that static and type imports form, each once, as the files from the first back to the first.
 * Lazy imports are left out: they run when all is loaded.
 *
 * @param files the sources; imports of files that are not among them are skipped
 */
export function findCycles(files: readonly SourceFile[]): string[][] {
  const graph = new Map(
    files.map((file) => [
      file.path,
      file.imports
        .filter((one) => one.kind !== "lazy" && one.target.startsWith("."))
        .map((one) => posix.join(posix.dirname(file.path), one.target)),
    ]),
  );
  const done = new Set<string>();
  const path: string[] = [];
  const cycles: string[][] = [];
  const visit = (file: string): void => {
    const at = path.indexOf(file);
    if (at >= 0) {
      cycles.push([...path.slice(at), file]);
      return;
    }
    if (done.has(file)) return;
    path.push(file);
    for (const next of graph.get(file) ?? []) visit(next);
    path.pop();
    done.add(file);
  };
  for (const file of graph.keys()) visit(file);
  return cycles;
}
