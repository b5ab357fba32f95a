import type { Command } from "commander";
import type { CommandSession } from "../command-session.ts";
import type { ExitCode } from "../exit-codes.ts";
import type { Result } from "../output/output.ts";

/** What a command's wiring file exports. Handlers and views are imported by `run`, never by `--help`. */
export interface CommandModule {
  /** What it does, in a few sentences; the first is the summary's longer sister. */
  readonly description: string;
  readonly examples: readonly { readonly command: string; readonly comment: string }[];
  /** Exit codes worth naming in this command's help, beside 0, 1 and 2. */
  readonly exits: readonly ExitCode[];
  /** True for a list, which can also be printed as csv and ndjson. */
  readonly list?: boolean;
  /** Declares arguments and options. */
  configure(command: Command): void;
  /**
   * Does it.
   * @returns what to print, or null when the command has printed already.
   */
  run(
    args: readonly string[],
    options: Readonly<Record<string, unknown>>,
    session: CommandSession,
  ): Promise<Outcome>;
}

/** What to print, and the exit code when it is not 0. */
export interface Outcome {
  readonly result: Result | null;
  readonly exitCode?: ExitCode;
}
