import { type Command, Option } from "commander";
import { usageError } from "./command-error.ts";
import { type OutputFormat, outputFormats } from "./output/output.ts";

/** What every command accepts, before or after its name. */
export interface GlobalFlags {
  readonly format: OutputFormat;
  readonly yes: boolean;
  readonly input: boolean;
  readonly profile: string | null;
  readonly url: string | null;
  readonly quiet: boolean;
  readonly verbose: boolean;
  readonly color: boolean;
}

/** Declares the global flags on a command (each one has its own copy, so the order does not matter). */
export function addGlobalFlags(command: Command): Command {
  command.optionsGroup("Global options:");
  command
    .option("--json", "one JSON document on stdout (same as --output json)")
    .addOption(new Option("--output <format>", "how to print the result").choices([...outputFormats]))
    .option("-y, --yes", "consent to the change without being asked")
    .option("--no-input", "never ask; without --yes a change is refused (exit 7)")
    .option("--profile <name>", "profile of the user file to use")
    .option("--url <url>", "project URL, e.g. https://abcdefgh.supabase.co")
    .option("-q, --quiet", "no progress and no notes on stderr")
    .option("--verbose", "notes and error stacks on stderr")
    .option("--no-color", "no colours");
  return command;
}

/**
 * The global flags as given, wherever they stood; the one nearest to the command's end wins.
 * @throws CommandError when --json and another --output contradict each other.
 */
export function readGlobalFlags(leaf: Command): GlobalFlags {
  const given: Record<string, unknown> = {};
  for (let command: Command | null = leaf; command; command = command.parent) {
    for (const [name, value] of Object.entries(command.opts())) {
      if (!(name in given) && command.getOptionValueSource(name) === "cli") given[name] = value;
    }
  }
  const output = given.output as OutputFormat | undefined;
  if (given.json === true && output !== undefined && output !== "json") {
    throw usageError(`--json and --output ${output} contradict each other.`, "Give one of them.");
  }
  return {
    format: given.json === true ? "json" : (output ?? "table"),
    yes: given.yes === true,
    input: given.input !== false,
    profile: (given.profile as string | undefined) ?? null,
    url: (given.url as string | undefined) ?? null,
    quiet: given.quiet === true,
    verbose: given.verbose === true,
    color: given.color !== false,
  };
}

/** Whether the arguments ask for JSON, judged without parsing: for errors met before or while parsing. */
export function asksForJson(argv: readonly string[]): boolean {
  const end = argv.indexOf("--");
  const flags = end === -1 ? argv : argv.slice(0, end);
  return flags.some(
    (flag, at) =>
      flag === "--json" || flag === "--output=json" || (flag === "--output" && flags[at + 1] === "json"),
  );
}
