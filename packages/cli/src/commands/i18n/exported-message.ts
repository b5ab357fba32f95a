import { parseMessage } from "@vidops/core/error-definitions";
import type { ErrorSet, MessagePart, VariableKind } from "@vidops/core/errors";

/** One code's messages, parsed, in the form from which files for apps are written. */
export interface ExportedMessage {
  readonly code: string;
  readonly name: string;
  readonly meaning: string;
  /** In the order in which an app hands them over: the catalogue's, the same in every language. */
  readonly variables: readonly { readonly name: string; readonly kind: VariableKind }[];
  /** By language. */
  readonly texts: Readonly<Record<string, readonly MessagePart[]>>;
}

/** What a format has no words for. */
export class Inexpressible extends Error {}

/**
 * Parses the messages of a set for an exporter.
 * @throws SyntaxError for a message that cannot be read, which `defineErrors` and `i18n check` find first.
 */
export function exportedMessages(set: ErrorSet): ExportedMessage[] {
  return Object.entries(set.codes).map(([code, row]) => ({
    code,
    name: row.name,
    meaning: row.meaning,
    variables: Object.entries(row.variables).map(([name, kind]) => ({ name, kind })),
    texts: Object.fromEntries(
      set.languages.map((language) => [language, parseMessage(set.messages[language]?.[code] ?? "")]),
    ),
  }));
}

/** A remark for translators and developers: what it means, and which argument is which. */
export function commentOf({ name, meaning, variables }: ExportedMessage): string {
  const words: Readonly<Record<VariableKind, string>> = {
    number: "whole number",
    text: "text",
    duration: "text: the length of time, already in words",
  };
  const list = variables.map((variable, at) => `${at + 1} ${variable.name} (${words[variable.kind]})`);
  return `${name}: ${meaning}${list.length === 0 ? "" : ` Arguments: ${list.join(", ")}.`}`;
}

/** Where a variable stands among a message's arguments, from 1. */
export function argumentOf(
  { variables }: ExportedMessage,
  name: string,
): { readonly position: number; readonly kind: VariableKind } {
  const at = variables.findIndex((variable) => variable.name === name);
  const variable = variables[at];
  if (variable === undefined) throw new Inexpressible(`{${name}} is no variable of the code`);
  return { position: at + 1, kind: variable.kind };
}

const order = ["zero", "one", "two", "few", "many", "other"] as const;
export type PluralCategory = (typeof order)[number];

/** The plural categories of a language, in their usual order. */
export function categoriesOf(language: string): PluralCategory[] {
  const known: readonly string[] = new Intl.PluralRules(language).resolvedOptions().pluralCategories;
  return order.filter((category) => known.includes(category));
}

/** A plural's texts, one for each category of the language. */
export function pluralCases(
  part: Exclude<MessagePart, string>,
  language: string,
): ReadonlyMap<PluralCategory, readonly MessagePart[]> {
  if (!("cases" in part) || part.type !== "plural")
    throw new Inexpressible(`{${"name" in part ? part.name : "#"}, ${part.type}} has no counterpart`);
  if (part.offset !== 0)
    throw new Inexpressible(`{${part.name}, plural, offset:${part.offset}} has no counterpart`);
  const { cases } = part;
  const exact = Object.keys(cases).find(
    (key) => key.startsWith("=") && !(key === "=1" && oneIsExact(language)),
  );
  if (exact !== undefined)
    throw new Inexpressible(
      `{${part.name}, plural, ${exact} {…}} has no counterpart: plural cases are words`,
    );
  return new Map(
    categoriesOf(language).map((category) => [
      category,
      (category === "one" ? cases["=1"] : undefined) ?? cases[category] ?? cases.other ?? [],
    ]),
  );
}

/** Whether "one" of a language is the number 1 and nothing else, as in English, Turkish and Spanish. */
function oneIsExact(language: string): boolean {
  const rules = new Intl.PluralRules(language);
  return Array.from({ length: 201 }, (_, count) => count).every(
    (count) => (rules.select(count) === "one") === (count === 1),
  );
}
