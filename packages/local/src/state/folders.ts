import { homedir } from "node:os";
import { join } from "node:path";
import { canReach, unprivilegedAccount } from "../postgres/unprivileged-account.ts";

/**
 * Where a persistent stack keeps its data unless told otherwise: `$XDG_DATA_HOME/vidops/local`. For root, whose
 * home the database's account usually cannot enter, /var/lib/vidops/local.
 */
export function defaultDataFolder(env: NodeJS.ProcessEnv = process.env): string {
  if (process.platform === "win32" && env.LOCALAPPDATA) return join(env.LOCALAPPDATA, "vidops", "local");
  const folder = join(absolute(env.XDG_DATA_HOME) ?? join(homedir(), ".local", "share"), "vidops", "local");
  if (absolute(env.XDG_DATA_HOME) !== null || canReach(folder, unprivilegedAccount())) return folder;
  return "/var/lib/vidops/local";
}

/** Where running stacks note themselves: `$XDG_STATE_HOME/vidops/local`. */
export function defaultStateFolder(env: NodeJS.ProcessEnv = process.env): string {
  if (process.platform === "win32" && env.LOCALAPPDATA)
    return join(env.LOCALAPPDATA, "vidops", "state", "local");
  return join(absolute(env.XDG_STATE_HOME) ?? join(homedir(), ".local", "state"), "vidops", "local");
}

/** The XDG specification says to pass over paths that are not absolute. */
function absolute(path: string | undefined): string | null {
  return path?.startsWith("/") ? path : null;
}
