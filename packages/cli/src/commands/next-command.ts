import type { GlobalFlags } from "../global-flags.ts";
import { quoteForShell } from "../shell-words.ts";

/**
 * A command to go on with, about the same project as this one.
 *
 * @param words without `vidops`.
 * @returns a line for a POSIX shell.
 * @example nextCommand(["errors", "show", "4711"], flags) // "vidops errors show 4711 --profile prod"
 */
export function nextCommand(words: readonly string[], flags: Pick<GlobalFlags, "profile" | "url">): string {
  const project = [
    ...(flags.profile === null ? [] : ["--profile", flags.profile]),
    ...(flags.url === null ? [] : ["--url", flags.url]),
  ];
  return ["vidops", ...words, ...project].map(quoteForShell).join(" ");
}
