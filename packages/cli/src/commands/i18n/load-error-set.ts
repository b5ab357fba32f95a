import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import type { DefinitionError, MessageFinding } from "@vidops/core/error-definitions";
import { builtInErrors, type ErrorSet, isErrorSet } from "@vidops/core/errors";
import { shown } from "../../arguments.ts";
import { CommandError } from "../../command-error.ts";

/** A set of errors that `defineErrors` refused when its module was loaded. */
export class FaultyDefinition extends Error {
  /** One sentence for each fault. */
  readonly faults: readonly string[];
  /** The faults of messages; none when codes or languages are wrong already. */
  readonly findings: readonly MessageFinding[];

  constructor({ faults, findings }: DefinitionError) {
    super("The module's errors are not well defined.");
    this.faults = faults;
    this.findings = findings;
  }
}

/**
 * The errors of an app, from the module that exports what `defineErrors` returned; vidops' own without a module.
 *
 * @param path of a JavaScript or TypeScript module, from `cwd`; null for vidops' own.
 * @throws CommandError exit 2 when it cannot be loaded or exports none; FaultyDefinition when `defineErrors` refused it.
 */
export async function loadErrorSet(path: string | null, cwd: string): Promise<ErrorSet> {
  if (path === null) return builtInErrors as unknown as ErrorSet;
  const module = await importModule(path, cwd);
  const sets = Object.entries(module).filter((entry): entry is [string, ErrorSet] => isErrorSet(entry[1]));
  const [first] = sets.filter(([name]) => name === "default").concat(sets);
  if (first !== undefined && (first[0] === "default" || new Set(sets.map(([, set]) => set)).size === 1))
    return first[1];
  const names = sets.map(([name]) => name).join(", ");
  throw unusable(
    first === undefined
      ? `--errors ${shown(path)} exports nothing that defineErrors returned.`
      : `--errors ${shown(path)} exports several sets of errors: ${names}.`,
    first === undefined
      ? 'It should hold a line such as: export const errors = defineErrors({ … }) from "@vidops/core/error-definitions".'
      : "Give the one that is meant a module of its own, or export it as default.",
  );
}

async function importModule(path: string, cwd: string): Promise<Record<string, unknown>> {
  const file = pathToFileURL(resolve(cwd, path)).href;
  // stdout is for the result: what the module says while it is loaded goes to stderr.
  // The console writes through the stream, too.
  const { stdout, stderr } = process;
  const { write } = stdout;
  stdout.write = stderr.write.bind(stderr) as typeof write;
  try {
    // A variable keeps the bundler from following it.
    return (await import(file)) as Record<string, unknown>;
  } catch (error) {
    if (isDefinitionError(error)) throw new FaultyDefinition(error);
    const message = error instanceof Error ? error.message : String(error);
    throw unusable(
      `--errors ${shown(path)} cannot be loaded: ${message.split("\n")[0]}`,
      "Give the JavaScript or TypeScript module that exports what defineErrors returned. --verbose shows where it failed.",
      error,
    );
  } finally {
    stdout.write = write;
  }
}

/** Told by its form: the app may have a copy of @vidops/core of its own. */
function isDefinitionError(error: unknown): error is DefinitionError {
  if (!(error instanceof Error) || error.name !== "DefinitionError") return false;
  const { faults, findings } = error as Partial<DefinitionError>;
  return Array.isArray(faults) && Array.isArray(findings);
}

function unusable(message: string, hint: string, cause?: unknown): CommandError {
  return new CommandError("CLI_USAGE", message, { hint, reason: "unusable_errors_module", cause });
}

/**
 * The same, with a faulty definition as an error like others, for commands that are not about finding faults.
 * @throws CommandError exit 2 that lists the faults.
 */
export async function refuseFaulty(loading: Promise<ErrorSet>): Promise<ErrorSet> {
  try {
    return await loading;
  } catch (error) {
    if (!(error instanceof FaultyDefinition)) throw error;
    throw unusable(error.message, error.faults.join("\n"));
  }
}
