import type { GlobalFlags } from "../global-flags.ts";
import { quoteForShell } from "../shell-words.ts";

type ProjectFlags = Pick<GlobalFlags, "profile" | "url">;

/**
 * A command to go on with, about the same project as this one.
 *
 * @param words without `vidops`.
 * @returns a line for a POSIX shell.
 * @example nextCommand(["errors", "show", "4711"], flags) // "vidops errors show 4711 --profile prod"
 */
export function nextCommand(words: readonly string[], flags: ProjectFlags): string {
  return ["vidops", ...words, ...projectFlags(flags)].map(quoteForShell).join(" ");
}

/** The commands and groups that speak with a project. */
export const projectCommands: readonly string[] = [
  ...["refund", "credits", "users", "models", "jobs", "actions", "approvals", "errors", "limits", "cleanup"],
  ...["doctor", "whoami", "login", "logout"],
];
/** The beginning of a command in a text, unless what follows on its line names a project already. */
const commandStart = new RegExp(
  `\\bvidops (?=(?:${projectCommands.join("|")})\\b)(?![^\`\\n]*(?:^|\\s)--(?:profile|url)\\b)`,
  "g",
);

/**
 * A text with its commands made about the same project as this one. Hints of core know no flags; and a hint that forgot them
 * would lead to another project. All errors and remarks go through this where they are printed.
 *
 * @param text may hold commands anywhere, also between backticks.
 * @example aboutProject("Sign in again: vidops login", flags) // "Sign in again: vidops --profile prod login"
 */
export function aboutProject(text: string, flags: ProjectFlags): string {
  const project = projectFlags(flags).map(quoteForShell).join(" ");
  return project === "" ? text : text.replace(commandStart, () => `vidops ${project} `);
}

function projectFlags({ profile, url }: ProjectFlags): string[] {
  return [...(profile === null ? [] : ["--profile", profile]), ...(url === null ? [] : ["--url", url])];
}
