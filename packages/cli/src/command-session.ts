import { createRunId } from "@vidops/core/logging";
import type { CommandContext } from "./command-context.ts";
import { CommandError } from "./command-error.ts";
import { aboutProject } from "./commands/next-command.ts";
import { type Configuration, resolveConfiguration } from "./config/configuration.ts";
import type { GlobalFlags } from "./global-flags.ts";
import { Output } from "./output/output.ts";
import { createProgress, type Progress } from "./output/progress.ts";

/** What one run of one command works with. */
export interface CommandSession {
  readonly context: CommandContext;
  readonly flags: GlobalFlags;
  readonly output: Output;
  /** Goes into the output, the audit row and the logs alike. */
  readonly runId: string;
  /** The settings, resolved once; warnings are printed the first time. */
  configuration(): Configuration;
  /** A progress display on stderr. */
  progress(): Progress;
}

/** Starts the session of one command. */
export function createSession(
  context: CommandContext,
  flags: GlobalFlags,
  runId: string = createRunId(),
): CommandSession {
  const output = new Output(context, {
    ...flags,
    runId,
    aboutProject: (text) => aboutProject(text, flags),
  });
  let resolved: Configuration | null = null;
  return {
    context,
    flags,
    output,
    runId,
    configuration: () => {
      if (resolved === null) {
        resolved = resolveConfiguration(context, flags);
        for (const warning of resolved.warnings) output.warn(warning);
      }
      return resolved;
    },
    progress: () => createProgress(context.stderr, { quiet: flags.quiet, now: context.now }),
  };
}

/**
 * The error for a command that needs a project and has none.
 * @example throw missingSetting("No project URL is set.")
 */
export function missingSetting(message: string): CommandError {
  return new CommandError("CLI_CONFIG", message, {
    hint: "Set SUPABASE_URL, or name a profile with --profile. `vidops whoami` shows what is set.",
    reason: "missing_setting",
  });
}
