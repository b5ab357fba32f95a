import type { MessageArgument, MessageChoice, MessagePart } from "./message-parts.ts";

/** Checked values of variables, by name. */
export type MessageValues = ReadonlyMap<string, string | number | bigint>;

type Count = number | bigint;

/**
 * Writes a parsed message in a language, with that language's plurals and number format. A value is written once and
 * never read again: braces, `$&` and tags in it stay what they are.
 *
 * @param parts the parsed message
 * @param language a BCP 47 tag
 * @param values every variable the message uses
 * @returns the text
 * @example
 * ```ts
 * writeMessage([{ type: "number", name: "n", style: null }], "tr", new Map([["n", 12345.5]])); // "12.345,5"
 * ```
 */
export function writeMessage(
  parts: readonly MessagePart[],
  language: string,
  values: MessageValues,
  count: Count = 0,
): string {
  let text = "";
  for (const part of parts) {
    if (typeof part === "string") text += part;
    else if (part.type === "count") text += numberFormat(language).format(count);
    else if ("cases" in part) text += writeChoice(part, language, values, count);
    else text += writeArgument(part, language, values.get(part.name) ?? "");
  }
  return text;
}

function writeArgument({ type, style }: MessageArgument, language: string, value: string | Count): string {
  if (typeof value === "string") return value;
  if (type === "duration") return formatDuration(Number(value), language);
  return numberFormat(language, style).format(value);
}

function writeChoice(choice: MessageChoice, language: string, values: MessageValues, outer: Count): string {
  const value = values.get(choice.name) ?? "";
  if (choice.type === "select") {
    return writeMessage(caseOf(choice, String(value), "other"), language, values, outer);
  }
  const number = Number(value);
  const count = choice.offset === 0 && typeof value !== "string" ? value : number - choice.offset;
  const category = pluralRules(language, choice.type).select(Number(count));
  return writeMessage(caseOf(choice, `=${number}`, category, "other"), language, values, count);
}

/** The first of some cases that there is. Own ones only: "constructor" is a value like any other. */
function caseOf({ cases }: MessageChoice, ...keys: readonly string[]): readonly MessagePart[] {
  const key = keys.find((candidate) => Object.hasOwn(cases, candidate));
  return key === undefined ? [] : (cases[key] ?? []);
}

const UNITS = [
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
  ["second", 1],
] as const;

/**
 * Writes a waiting time in its largest fitting unit, rounded up so that nobody is told to come back too early.
 *
 * @param seconds 0 or more
 * @param language a BCP 47 tag
 * @returns e.g. `"40 minutes"`, `"40 dakika"`
 * @example
 * ```ts
 * formatDuration(90, "en"); // "90 seconds"
 * formatDuration(150, "en"); // "3 minutes"
 * ```
 */
export function formatDuration(seconds: number, language: string): string {
  // Two of a unit at least: "2 hours" for 61 minutes would be far from the truth.
  const [unit, length] = UNITS.find(([, size]) => seconds > 2 * size) ?? ["second", 1];
  return numberFormat(language, null, unit).format(Math.ceil(seconds / length));
}

const numberFormats = new Map<string, Intl.NumberFormat>();
const rules = new Map<string, Intl.PluralRules>();

// Making one of these costs some 20 times what using it does.
function numberFormat(
  language: string,
  style: MessageArgument["style"] = null,
  unit = "",
): Intl.NumberFormat {
  const key = `${language} ${style} ${unit}`;
  let format = numberFormats.get(key);
  if (format === undefined) {
    format = new Intl.NumberFormat(language, {
      ...(style === "percent" && { style: "percent" }),
      ...(style === "integer" && { maximumFractionDigits: 0 }),
      ...(unit !== "" && { style: "unit", unit, unitDisplay: "long" }),
    });
    numberFormats.set(key, format);
  }
  return format;
}

function pluralRules(language: string, type: "plural" | "selectordinal"): Intl.PluralRules {
  const key = `${language} ${type}`;
  let rule = rules.get(key);
  if (rule === undefined) {
    rule = new Intl.PluralRules(language, { type: type === "plural" ? "cardinal" : "ordinal" });
    rules.set(key, rule);
  }
  return rule;
}
