import type { Command } from "commander";

/** What every changing command is told beside what it is about. */
export interface ActInput {
  readonly reason: string;
  /** Null when none was named. */
  readonly ticket: string | null;
  readonly dryRun: boolean;
}

/**
 * Declares the options that all changing commands have, after a command's own.
 * @example addActOptions(command.argument("<model>", "its id or name"));
 */
export function addActOptions(command: Command): Command {
  return command
    .option("--reason <text>", "why, for the audit (required)")
    .option("--ticket <id>", "the ticket it belongs to, for the audit")
    .option("--dry-run", "show what would change, and stop");
}
