import { Command, CommanderError } from "commander";
import type { CommandContext } from "./command-context.ts";
import { CommandError, usageError } from "./command-error.ts";
import { type CommandSession, createSession } from "./command-session.ts";
import type { CommandModule } from "./commands/command-module.ts";
import { type CommandEntry, commandTable, groupSummaries } from "./commands/command-table.ts";
import { type ExitCode, exitCodeFor, exitCodeMeanings, exitCodes } from "./exit-codes.ts";
import { addGlobalFlags, asksForJson, type GlobalFlags, readGlobalFlags } from "./global-flags.ts";
import { describeError } from "./output/error-report.ts";

/**
 * Runs the command that the arguments name and prints what it hands back.
 * @returns the exit code.
 */
export async function runProgram(context: CommandContext): Promise<ExitCode> {
  let session: CommandSession | null = null;
  let exitCode: ExitCode = exitCodes.done;
  const program = buildProgram(context, async (leaf, module, args, options) => {
    session = createSession(context, readGlobalFlags(leaf));
    checkFormat(session, module);
    const outcome = await module.run(args, options, session);
    if (outcome.result) await session.output.result(outcome.result);
    exitCode = outcome.exitCode ?? exitCodes.done;
  });
  try {
    await Promise.race([
      program.parseAsync(helpAsFlag(context.argv), { from: "user" }),
      context.interruptions.left,
    ]);
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError && isHelp(error)) return exitCodes.done;
    const shown = error instanceof CommanderError ? usageOf(error) : error;
    const { output } = session ?? createSession(context, flagsBeforeParsing(context.argv));
    await output.error(shown);
    const { code, retryable } = describeError(shown).json;
    return exitCodeFor(code, retryable);
  }
}

type Action = (
  leaf: Command,
  module: CommandModule,
  args: readonly string[],
  options: Readonly<Record<string, unknown>>,
) => Promise<void>;

/** `vidops help refund` is `vidops refund --help`. */
function helpAsFlag(argv: readonly string[]): readonly string[] {
  return argv[0] === "help" ? [...argv.slice(1), "--help"] : argv;
}

/** The command tree. A command's own options are declared once it is named: `load` is called for it alone. */
function buildProgram(context: CommandContext, action: Action): Command {
  const program = new Command("vidops")
    .description("Runs a business that sells AI video by the credit: refunds, ledgers, cleanup.")
    .version(context.version, "-V, --version", "the version")
    .exitOverride()
    // An unknown word is answered by the action below, which knows the commands.
    .allowExcessArguments()
    .enablePositionalOptions()
    .helpCommand(false)
    .showSuggestionAfterError()
    .configureOutput({ writeOut: (text) => context.stdout.write(text), writeErr: () => {} })
    .configureHelp({ sortSubcommands: false, helpWidth: Math.min(context.stdout.columns || 80, 100) });
  addGlobalFlags(program);
  program.addHelpText("after", programEpilogue);
  program.action(() => {
    const [unknown] = program.args;
    if (unknown !== undefined) throw unknownCommand(unknown, program);
    program.outputHelp();
  });
  const entries = new Map<Command, CommandEntry>();
  const groups = new Map<string, Command>();
  for (const entry of commandTable) {
    const [first, second] = entry.path;
    const parent = second === undefined ? program : groupOf(program, groups, first);
    const leaf = parent.command(second ?? first).summary(entry.summary);
    entries.set(leaf, entry);
  }
  for (const parent of [program, ...groups.values()]) {
    parent.hook("preSubcommand", async (_, leaf) => {
      const entry = entries.get(leaf);
      if (entry) equip(leaf, await entry.load(), action, context.argv);
    });
  }
  return program;
}

function groupOf(program: Command, groups: Map<string, Command>, name: string): Command {
  const known = groups.get(name);
  if (known) return known;
  const group = addGlobalFlags(
    program
      .command(name)
      .summary(groupSummaries[name] ?? "")
      .description(groupSummaries[name] ?? ""),
  );
  group
    .enablePositionalOptions()
    .allowExcessArguments()
    .action(() => {
      const [unknown] = group.args;
      throw unknown === undefined
        ? usageError(
            `vidops ${name} needs one of: ${group.commands.map((command) => command.name()).join(", ")}.`,
            `Run: vidops ${name} --help`,
          )
        : unknownCommand(unknown, group);
    });
  groups.set(name, group);
  return group;
}

function equip(leaf: Command, module: CommandModule, action: Action, argv: readonly string[]): void {
  leaf.description(module.description);
  module.configure(leaf.allowExcessArguments(false));
  addGlobalFlags(leaf);
  refuseSwallowedFlags(leaf, argv);
  leaf.addHelpText("after", epilogue(module));
  leaf.action(() => action(leaf, module, leaf.args, leaf.opts()));
}

/**
 * An option whose value was forgotten would take the next flag for it: `--reason --yes`, as an empty variable
 * of a script leaves it. A value that is a flag of the command is therefore refused, unless joined with "=".
 */
function refuseSwallowedFlags(leaf: Command, argv: readonly string[]): void {
  const flags = new Set(leaf.options.flatMap(({ short, long }) => [short, long]));
  for (const option of leaf.options) {
    if (!option.required || option.parseArg) continue;
    option.argParser((value: string, before: unknown) => {
      const taken = option.variadic ? [...((before as readonly string[] | undefined) ?? []), value] : value;
      const follows = argv.some(
        (word, at) => (word === option.long || word === option.short) && argv[at + 1] === value,
      );
      if (!flags.has(value) || !follows) return taken;
      throw usageError(
        `Option '${option.flags}' argument missing: ${value} follows it, which is an option itself.`,
        `If it is meant as the value, write ${option.long}=${value}`,
      );
    });
  }
}

function epilogue({ examples, exits }: CommandModule): string {
  const codes = [exitCodes.done, exitCodes.unexpected, exitCodes.usage, ...exits];
  return [
    "\nExamples:",
    ...examples.map(({ command, comment }) => `  $ ${command}\n      ${comment}`),
    "\nExit codes:",
    ...codes.map((code) => `  ${String(code).padStart(3)}  ${exitCodeMeanings[code]}`),
  ].join("\n");
}

const programEpilogue = `
Examples:
  $ vidops demo
      see a refund and a cleanup on a database that is thrown away
  $ vidops refund 0b0e3f5a-5e1c-4b6b-9c1f-2a8d4f6e7a90 --reason "video never arrived" --dry-run
      show what a refund would change

Settings: flags, then environment (SUPABASE_URL, SUPABASE_SECRET_KEY, VIDOPS_ADMIN, VIDOPS_ACCESS_TOKEN,
VIDOPS_PROFILE, VIDOPS_TIMEOUT), then vidops.config.json, then the user file. \`vidops whoami\` shows them. Who
signed in with \`vidops login\` needs no secret key.

Exit codes:
${Object.entries(exitCodeMeanings)
  .map(([code, meaning]) => `  ${code.padStart(3)}  ${meaning}`)
  .join("\n")}`;

function checkFormat({ flags }: CommandSession, module: CommandModule): void {
  if ((flags.format === "csv" || flags.format === "ndjson") && module.list !== true) {
    throw usageError(
      `--output ${flags.format} is for lists; this command gives one document.`,
      "Use --json.",
    );
  }
}

function isHelp(error: CommanderError): boolean {
  return ["commander.helpDisplayed", "commander.help", "commander.version"].includes(error.code);
}

function usageOf(error: CommanderError): CommandError {
  const message = error.message.replace(/^error: /, "");
  const [first = message, ...rest] = message.split("\n");
  return usageError(
    `${first.charAt(0).toUpperCase()}${first.slice(1)}${/[.?!)]$/.test(first) ? "" : "."}`,
    rest.join("\n") || "Add --help to see what it takes.",
  );
}

function unknownCommand(name: string, parent: Command): CommandError {
  const names = parent.commands.map((command) => command.name());
  const near = names
    .map((known) => ({ known, distance: editDistance(name, known) }))
    .sort((a, b) => a.distance - b.distance)[0];
  const path = parent.parent ? `${parent.name()} ` : "";
  const hint =
    near && near.distance <= 2 && near.distance < near.known.length - 1
      ? `Did you mean: vidops ${path}${near.known}`
      : `Known: ${names.join(", ")}.`;
  return new CommandError("CLI_USAGE", `There is no command "${path}${name}".`, {
    hint,
    reason: "unknown_command",
  });
}

function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, at) => at);
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const swap = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(swap, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}

/** Flags for an error met while parsing, when they are not known yet. */
function flagsBeforeParsing(argv: readonly string[]): GlobalFlags {
  return {
    format: asksForJson(argv) ? "json" : "table",
    yes: false,
    input: false,
    profile: null,
    url: null,
    quiet: argv.includes("--quiet") || argv.includes("-q"),
    verbose: argv.includes("--verbose"),
    color: !argv.includes("--no-color"),
  };
}
