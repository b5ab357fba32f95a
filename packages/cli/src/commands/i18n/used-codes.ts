import { type Dirent, readdirSync, readFileSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { shown } from "../../arguments.ts";
import { usageError } from "../../command-error.ts";

/** Source files of servers, webs and apps. */
const sourceFile = /\.(?:[cm]?[jt]sx?|vue|svelte|astro|sql|swift|kts?|java|dart|py|rb|go|rs|php|cs)$/i;
const skipped: ReadonlySet<string> = new Set(["node_modules", "dist", "build", "coverage", "Pods"]);
const largestFile = 5_000_000;

/**
 * Which codes the source files below some folders name, as `ErrorCode.ERR_4001` or in quotes. It reads words, not
 * programs: a code in a comment counts as used.
 *
 * @param folders folders or files, from `cwd`.
 * @param options.except the module that defines the codes, which names them all.
 * @throws CommandError exit 2 for a folder that cannot be read.
 */
export function codesNamedIn(
  folders: readonly string[],
  codes: readonly string[],
  options: { readonly cwd: string; readonly except: string | null },
): Set<string> {
  const except = options.except === null ? null : resolve(options.cwd, options.except);
  const wanted = new Set(codes);
  const found = new Set<string>();
  for (const folder of folders) {
    for (const file of sourceFiles(folder, options.cwd)) {
      if (file === except) continue;
      for (const [word] of readFileSync(file, "utf8").matchAll(/\b[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)*\b/g))
        if (wanted.has(word)) found.add(word);
    }
  }
  return found;
}

function* sourceFiles(folder: string, cwd: string): Generator<string> {
  const path = resolve(cwd, folder);
  let entries: Dirent[] | null;
  try {
    entries = statSync(path).isDirectory() ? readdirSync(path, { withFileTypes: true }) : null;
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw usageError(
      code === "ENOENT"
        ? `There is no folder ${shown(folder)}.`
        : `${shown(folder)} cannot be read: ${message}.`,
      "Give the folders of your sources: --source src supabase/functions",
    );
  }
  if (entries === null) {
    if (!sourceFile.test(path))
      throw usageError(
        `${shown(folder)} is neither a folder nor a source file.`,
        "Locale files stand before --source: vidops i18n check locales/de.json --source src",
      );
    yield path;
  }
  for (const entry of entries ?? []) {
    if (entry.name.startsWith(".") || skipped.has(entry.name)) continue;
    const child = join(path, entry.name);
    if (entry.isDirectory()) yield* sourceFiles(child, cwd);
    else if (entry.isFile() && sourceFile.test(entry.name) && statSync(child).size <= largestFile)
      yield child;
  }
}
