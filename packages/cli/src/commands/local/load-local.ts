import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { CommandError } from "../../command-error.ts";

/** The package as far as it is used here: types only, it is not part of the CLI. */
export type LocalPackage = typeof import("@vidops/local");

const packageName = "@vidops/local";

/**
 * Imports @vidops/local, which is installed apart because it is heavy: beside the CLI, else in the project of
 * the current folder.
 * @throws CommandError CLI_LOCAL_MISSING with the command that installs it.
 */
export async function loadLocal(cwd: string): Promise<LocalPackage> {
  try {
    // A variable keeps the bundler from following it.
    return (await import(packageName)) as LocalPackage;
  } catch (error) {
    if (!isMissing(error)) throw error;
  }
  try {
    const path = createRequire(join(cwd, "package.json")).resolve(packageName);
    return (await import(pathToFileURL(path).href)) as LocalPackage;
  } catch (error) {
    if (!isMissing(error)) throw error;
    throw new CommandError("CLI_LOCAL_MISSING", `${packageName} is not installed.`, {
      hint: `It brings the database and is heavy, so it is installed apart: npm install --save-dev ${packageName}`,
      reason: "local_missing",
      cause: error,
    });
  }
}

function isMissing(error: unknown): boolean {
  const { code, message = "" } = error as NodeJS.ErrnoException;
  return (
    (code === "ERR_MODULE_NOT_FOUND" || code === "MODULE_NOT_FOUND") &&
    /@vidops[/\\]local|packages[/\\]local/.test(message)
  );
}

/** A failure of the local stack in the CLI's words; anything else as it is. */
export function localError(error: unknown): unknown {
  if (!(error instanceof Error) || error.name !== "LocalError") return error;
  const { code, hint } = error as Error & { code: string; hint: string | null };
  if (code === "aborted")
    return new CommandError("CLI_INTERRUPTED", "Interrupted; what had been started is stopped.", {
      cause: error,
    });
  const message = `${error.message.charAt(0).toUpperCase()}${error.message.slice(1)}${/[.!?]$/.test(error.message) ? "" : "."}`;
  return new CommandError(code === "invalid_option" ? "CLI_USAGE" : "CLI_LOCAL_FAILED", message, {
    hint,
    reason: code,
    cause: error,
  });
}
