import { isAbsolute, join } from "node:path";
import type { CommandContext } from "../command-context.ts";

export const projectFileName = "vidops.config.json";

/** The user's settings file: `$XDG_CONFIG_HOME/vidops/config.json`, else `~/.config/vidops/config.json`. */
export function userFilePath(context: Pick<CommandContext, "env" | "home">): string {
  return join(configFolder(context), "config.json");
}

/** Where `local start` keeps the profile named "local" while it runs. */
export function localProfilePath(context: Pick<CommandContext, "env" | "home">): string {
  return join(configFolder(context), "local-profile.json");
}

/** Where logins are kept, one file for each project: mode 0700. */
export function loginsFolder(context: Pick<CommandContext, "env" | "home">): string {
  return join(configFolder(context), "logins");
}

function configFolder({ env, home }: Pick<CommandContext, "env" | "home">): string {
  const xdg = env.XDG_CONFIG_HOME;
  // The XDG specification says that a relative path here is to be ignored.
  return join(xdg && isAbsolute(xdg) ? xdg : join(home, ".config"), "vidops");
}
