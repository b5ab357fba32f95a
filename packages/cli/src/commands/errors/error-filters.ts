import type { Command } from "commander";
import { parseUserReference, shown } from "../../arguments.ts";
import { usageError } from "../../command-error.ts";

/** What a list of errors is narrowed to; null is all. */
export interface ErrorFilters {
  readonly code: string | null;
  readonly endpoint: string | null;
  /** Id or email. */
  readonly user: string | null;
  readonly language: string | null;
  readonly fingerprint: string | null;
  readonly requestId: string | null;
}

export type FilterName = keyof ErrorFilters;

const flags: Readonly<Record<FilterName, readonly [flag: string, help: string]>> = {
  code: ["--code <code>", "only this code: ERR_4001, err_4001 or 4001, or one of the app's own"],
  endpoint: ["--endpoint <endpoint>", "only this endpoint, as it is listed"],
  user: ["--user <id|email>", "only this user's"],
  language: ["--language <tag>", "only answers in this language, e.g. tr"],
  fingerprint: ["--fingerprint <hex>", "only errors like this one, from `errors top --by fingerprint`"],
  requestId: ["--request-id <id>", "only this request"],
};

/** Declares the filters on a command. */
export function addFilters(command: Command, names: readonly FilterName[]): Command {
  for (const name of names) command.option(...flags[name]);
  return command;
}

/**
 * Reads the filters.
 * @throws CommandError exit 2, saying what is wrong with one.
 */
export function parseFilters(options: Readonly<Record<string, unknown>>): ErrorFilters {
  const read = (name: FilterName, parse: (text: string, flag: string) => string): string | null => {
    const given = options[name] as string | undefined;
    return given === undefined ? null : parse(given, flags[name][0].split(" ")[0] ?? "");
  };
  return {
    code: read("code", (text, flag) => normalizeCode(parseWords(text, flag))),
    endpoint: read("endpoint", parseWords),
    user: read("user", parseUserReference),
    language: read("language", parseLanguage),
    fingerprint: read("fingerprint", parseFingerprint),
    requestId: read("requestId", parseWords),
  };
}

/** The filters as the words of a command, to go on with the same ones. */
export function filterWords(filters: ErrorFilters): string[] {
  return (Object.keys(flags) as FilterName[]).flatMap((name) => {
    const value = filters[name];
    return value === null ? [] : [flags[name][0].split(" ")[0] ?? "", value];
  });
}

/**
 * A code in the form in which it is stored: people also type `4001` and `err_4001`.
 * @example normalizeCode("4001") // "ERR_4001"
 */
export function normalizeCode(text: string): string {
  const [, digits] = /^(?:err[_-]?)?(\d{4})$/i.exec(text.trim()) ?? [];
  return digits === undefined ? text.trim() : `ERR_${digits}`;
}

/**
 * A language tag in its usual case.
 * @throws CommandError exit 2.
 * @example parseLanguage("TR", "--language") // "tr"
 */
export function parseLanguage(text: string, flag: string): string {
  try {
    const [tag] = Intl.getCanonicalLocales(text.trim());
    if (tag !== undefined) return tag;
  } catch {
    // Not a tag at all.
  }
  throw usageError(`${flag} must be a language tag, got ${shown(text)}.`, "For example: tr, en, pt-BR");
}

function parseFingerprint(text: string, flag: string): string {
  const fingerprint = text.trim().toLowerCase();
  if (/^[0-9a-f]{16}$/.test(fingerprint)) return fingerprint;
  throw usageError(
    `${flag} must be 16 hexadecimal digits, got ${shown(text)}.`,
    "`vidops errors top --by fingerprint` lists them.",
  );
}

function parseWords(text: string, flag: string): string {
  const words = text.trim();
  if (words === "") throw usageError(`${flag} is blank.`, "Leave it out to see all.");
  if (words.length > 500)
    throw usageError(`${flag} is ${words.length} characters long; at most 500 are taken.`);
  return words;
}
