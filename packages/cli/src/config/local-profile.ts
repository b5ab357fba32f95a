import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import type { CommandContext } from "../command-context.ts";
import { localProfilePath } from "./config-paths.ts";

/** What `--profile local` needs to reach the stack that runs. */
export interface LocalProfile {
  readonly url: string;
  readonly secret_key: string;
  readonly publishable_key: string;
  /** The acting admin's id. */
  readonly admin: string;
}

/**
 * Writes the profile named "local" (mode 0600) for the stack of this process.
 * @returns its path.
 */
export function writeLocalProfile(
  context: Pick<CommandContext, "env" | "home">,
  profile: LocalProfile,
): string {
  const path = localProfilePath(context);
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const unfinished = `${path}.${process.pid}.new`;
  writeFileSync(unfinished, `${JSON.stringify({ pid: process.pid, ...profile }, null, 2)}\n`, {
    mode: 0o600,
  });
  renameSync(unfinished, path);
  return path;
}

/** Removes the profile when it is still the one of this process; another stack may have written its own since. */
export function removeLocalProfile(context: Pick<CommandContext, "env" | "home">): void {
  const path = localProfilePath(context);
  try {
    const { pid } = JSON.parse(readFileSync(path, "utf8")) as { pid?: unknown };
    if (pid === process.pid) rmSync(path, { force: true });
  } catch {
    // Gone already, or not ours to judge.
  }
}
