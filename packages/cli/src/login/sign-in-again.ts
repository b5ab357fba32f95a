import { nextCommand } from "../commands/next-command.ts";
import type { GlobalFlags } from "../global-flags.ts";

/**
 * The way out for who is signed in no more, at the project of this command.
 * @param flags those of the command.
 */
export function signInAgain(flags: Pick<GlobalFlags, "profile" | "url">): string {
  return `Sign in again: ${nextCommand(["login"], flags)}`;
}
