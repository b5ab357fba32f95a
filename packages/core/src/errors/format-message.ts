import type { CatalogueRow, VariableKind } from "./catalogue.ts";
import type { MessageSet, MistakeOptions } from "./error-set.ts";
import { fallbackLanguage } from "./languages.ts";
import { type MessageValues, writeMessage } from "./message-format.ts";
import { tellMistake } from "./mistake.ts";
import { supportedLanguage } from "./negotiate-language.ts";

/** The code whose message, which needs no variables, stands in for one that cannot be written. */
export const fallbackCode = "ERR_6003";

/**
 * Writes the message of a code of some set. `formatMessage` is this with the messages of vidops.
 *
 * @param set codes and messages
 * @param code a code of the set
 * @param language a BCP 47 tag in any case; one without messages gives the fallback language
 * @param variables what the messages of the code need; others are ignored
 * @param options what to do with a mistake
 * @returns the message; in production a general one when the code is unknown or a variable cannot be used
 * @throws TypeError in development and tests, for an unknown code and for a variable that is missing or unusable
 */
export function formatMessageOf(
  set: MessageSet,
  code: string,
  language: string | null | undefined,
  variables: unknown,
  options: MistakeOptions = {},
): string {
  const spoken = supportedLanguage(language, set.languages) ?? fallbackLanguage;
  const row = rowOf(set, code);
  if (row === undefined) {
    tellMistake(`There is no error code ${quoted(code)}.`, { code: quoted(code) }, options);
    return fallbackMessage(set, spoken);
  }
  const values = checkedValues(code, row, variables, options);
  if (values === null) return fallbackMessage(set, spoken);
  const parts = set.parts[spoken]?.[code] ?? [set.messages[spoken]?.[code] ?? ""];
  return writeMessage(parts, spoken, values);
}

/** The row of a code, or undefined; a name that every object has is no code. */
export function rowOf(set: MessageSet, code: unknown): CatalogueRow | undefined {
  return typeof code === "string" && Object.hasOwn(set.codes, code) ? set.codes[code] : undefined;
}

/** A value from outside, short enough for an error. */
export function quoted(value: unknown): string {
  return typeof value === "string" ? JSON.stringify(value.slice(0, 60)) : `of type ${typeof value}`;
}

function fallbackMessage(set: MessageSet, language: string): string {
  return set.messages[language]?.[fallbackCode] ?? "";
}

const noValues: MessageValues = new Map();

function checkedValues(
  code: string,
  { variables: kinds }: CatalogueRow,
  given: unknown,
  options: MistakeOptions,
): MessageValues | null {
  const names = Object.keys(kinds);
  if (names.length === 0) return noValues;
  const values = new Map<string, string | number | bigint>();
  for (const name of names) {
    const kind = kinds[name] ?? "text";
    const raw = readVariable(given, name);
    const value = usableVariable(raw, kind);
    if (value === null) {
      tellMistake(
        `${code} needs the variable "${name}" (${kindWords[kind]}), but it is ${faultOf(raw)}.`,
        { code, variable: name },
        options,
      );
      return null;
    }
    values.set(name, value);
  }
  return values;
}

const kindWords: Readonly<Record<VariableKind, string>> = {
  number: "a number",
  duration: "a number of seconds, 0 or more",
  text: "a text or a number",
};

/** An own property of what the caller gave as variables; never one that every object has. */
export function readVariable(given: unknown, name: string): unknown {
  try {
    return typeof given === "object" && given !== null && Object.hasOwn(given, name)
      ? (given as Record<string, unknown>)[name]
      : undefined;
  } catch {
    return undefined;
  }
}

const MAX_TEXT = 1_000;

/**
 * A variable's value as it can be written, or null. A number that came as text, as Postgres sends a bigint, is a number;
 * a text is kept short, since it stands in a sentence.
 */
export function usableVariable(value: unknown, kind: VariableKind): string | number | bigint | null {
  if (kind === "text" && (typeof value === "string" || typeof value === "bigint" || Number.isFinite(value))) {
    const text = String(value);
    return text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT)}…` : text;
  }
  if (typeof value === "bigint") return kind === "duration" ? Number(value) : value;
  const number =
    typeof value === "string" && /^-?\d{1,15}(?:\.\d{1,10})?$/.test(value) ? Number(value) : value;
  if (typeof number !== "number" || !Number.isFinite(number) || kind === "text") return null;
  // Adding 0 makes a 0 of -0, which would be written with its sign.
  return kind === "duration" && number < 0 ? null : number + 0;
}

function faultOf(value: unknown): string {
  if (value === undefined) return "missing";
  if (value === null) return "null";
  if (typeof value === "number") return String(value);
  return typeof value === "string" ? "a text that is no number" : `of type ${typeof value}`;
}
