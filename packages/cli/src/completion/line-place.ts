import { Command, type Option } from "commander";
import { type CommandEntry, commandTable, groupSummaries } from "../commands/command-table.ts";
import { addGlobalFlags } from "../global-flags.ts";
import type { Candidate } from "./candidate.ts";

/** What may stand at the cursor: one of these, or a value. */
export interface LinePlace {
  /** Commands or options; null where a value stands. */
  readonly candidates: readonly Candidate[] | null;
  /** The value's command and name, e.g. `models show` and `model` or `--since`. */
  readonly path: string;
  readonly name: string;
  /** Values that the option itself lists. */
  readonly choices: readonly string[];
  /** What stands before the value in its word: `--output=` of `--output=js`. */
  readonly prefix: string;
  readonly profile: string | null;
  readonly url: string | null;
}

/**
 * Finds what the word at the cursor is: a command, an option, or the value of an option or argument.
 *
 * @param before the words behind `vidops`, up to the cursor's.
 * @param text of the word at the cursor so far.
 */
export async function placeOnLine(before: readonly string[], text: string): Promise<LinePlace> {
  const words = before[0] === "help" ? before.slice(1) : before;
  const entry = findEntry(words);
  const command = new Command();
  if (entry !== null) (await entry.load()).configure(command);
  addGlobalFlags(command);
  const walk = walkWords(words, command);
  const path = entry === null ? walk.rest.join(" ") : entry.path.join(" ");
  const given = { path, profile: walk.given.get("--profile") ?? null, url: walk.given.get("--url") ?? null };
  const value = { ...given, candidates: null, prefix: "" };
  const listed = (candidates: readonly Candidate[]): LinePlace => ({
    ...{ ...value, name: "", choices: [] },
    candidates,
  });

  if (walk.open !== null)
    return { ...value, name: walk.open.long ?? "", choices: walk.open.argChoices ?? [] };
  const [, joined] = walk.ended ? [] : (/^(--[\w-]+)=/.exec(text) ?? []);
  if (joined !== undefined) {
    const option = findOption(command, joined);
    if (option === undefined) return listed([]);
    return { ...value, name: joined, choices: option.argChoices ?? [], prefix: `${joined}=` };
  }
  if (text.startsWith("-") && !walk.ended) return listed(flagsOf(command, walk.given));
  if (entry === null) return listed(commandsBelow(walk.rest));
  const at = walk.rest.length - entry.path.length;
  const { registeredArguments } = command;
  const last = registeredArguments.at(-1);
  const argument = registeredArguments[at] ?? (last?.variadic ? last : undefined);
  if (argument === undefined) return listed([]);
  return { ...value, name: argument.name(), choices: argument.argChoices ?? [] };
}

/** The command that the words name; options between them may have values, of which only global ones are known yet. */
function findEntry(words: readonly string[]): CommandEntry | null {
  const { rest } = walkWords(words, addGlobalFlags(new Command()));
  const [first, second] = rest;
  return (
    commandTable.find(({ path }) => path.length === 1 && path[0] === first) ??
    commandTable.find(({ path }) => path[0] === first && path[1] !== undefined && path[1] === second) ??
    null
  );
}

interface Walk {
  /** Words that are no options and no values of them. */
  readonly rest: readonly string[];
  /** Options by their long names, with their values. */
  readonly given: ReadonlyMap<string, string | null>;
  /** The option whose value is still to come. */
  readonly open: Option | null;
  /** Whether `--` was there: what follows is no option. */
  readonly ended: boolean;
}

function walkWords(words: readonly string[], command: Command): Walk {
  const rest: string[] = [];
  const given = new Map<string, string | null>();
  let open: Option | null = null;
  let ended = false;
  for (const word of words) {
    if (open !== null) {
      given.set(open.long ?? "", word);
      open = null;
    } else if (ended || !word.startsWith("-") || word === "-") rest.push(word);
    else if (word === "--") ended = true;
    else {
      const [flag = "", ...value] = word.split("=");
      const option = findOption(command, flag);
      given.set(option?.long ?? flag, value.length === 0 ? null : value.join("="));
      if (value.length === 0 && option?.required === true) open = option;
    }
  }
  return { rest, given, open, ended };
}

function findOption(command: Command, flag: string): Option | undefined {
  return command.options.find(({ long, short }) => flag !== "" && (long === flag || short === flag));
}

function flagsOf(command: Command, given: ReadonlyMap<string, unknown>): Candidate[] {
  const flags = command.options
    .filter(({ long, hidden }) => long != null && !hidden && !given.has(long))
    .map(({ long, description }) => ({ value: long ?? "", description }));
  return [...flags, { value: "--help", description: "what it takes, with examples" }];
}

function commandsBelow([group]: readonly string[]): Candidate[] {
  if (group !== undefined)
    return commandTable
      .filter(({ path }) => path[0] === group && path[1] !== undefined)
      .map(({ path, summary }) => ({ value: path[1] ?? "", description: summary }));
  const top = new Map<string, Candidate>();
  for (const { path, summary } of commandTable) {
    const [value, second] = path;
    top.set(value, { value, description: second === undefined ? summary : (groupSummaries[value] ?? "") });
  }
  return [...top.values()];
}
