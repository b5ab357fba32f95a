import type { MessagePart, MessageSet, VariableKind } from "../errors/index.ts";
import { parseMessage } from "./parse-message.ts";

/** What can be wrong with a message. */
export type MessageFault =
  | "missing_message"
  | "unknown_code"
  | "syntax"
  | "missing_placeholder"
  | "unknown_placeholder"
  | "wrong_kind"
  | "missing_plural_case";

/** One fault of one message in one language. */
export interface MessageFinding {
  readonly language: string;
  readonly code: string;
  readonly kind: MessageFault;
  /** The placeholder it is about, or null. */
  readonly placeholder: string | null;
  /** One sentence for a person. */
  readonly message: string;
}

/**
 * Holds every language of a set against its codes: each code has a message, each message parses and uses exactly the
 * variables of its code, in the right way, with every plural case of the language.
 *
 * @param set codes and messages
 * @returns what is wrong; nothing when all is well
 * @example
 * ```ts
 * expect(checkMessages(errors)).toEqual([]);
 * ```
 */
export function checkMessages(set: Pick<MessageSet, "codes" | "languages" | "messages">): MessageFinding[] {
  return set.languages.flatMap((language) => checkLocale(set, language, set.messages[language] ?? {}));
}

/**
 * Does the same for one language that need not be part of the set, such as a translator's file.
 *
 * @param set the codes
 * @param language a BCP 47 tag, for the plural cases
 * @param messages ICU MessageFormat sources by code
 * @returns what is wrong
 * @example
 * ```ts
 * checkLocale(builtInErrors, "de", JSON.parse(file));
 * ```
 */
export function checkLocale(
  set: Pick<MessageSet, "codes">,
  language: string,
  messages: Readonly<Record<string, unknown>>,
): MessageFinding[] {
  const finding = (
    code: string,
    kind: MessageFault,
    message: string,
    placeholder: string | null = null,
  ): MessageFinding => ({ language, code, kind, placeholder, message });
  const extra = Object.keys(messages)
    .filter((code) => !Object.hasOwn(set.codes, code))
    .map((code) => finding(code, "unknown_code", `There is no code ${code}.`));
  const faults = Object.entries(set.codes).flatMap(([code, { variables }]) => {
    const source = Object.hasOwn(messages, code) ? messages[code] : undefined;
    if (typeof source !== "string" || source.trim() === "") {
      return [finding(code, "missing_message", "There is no message.")];
    }
    try {
      const parts = parseMessage(source);
      const uses = placeholdersOf(parts);
      return [...placeholderFaults(uses, alwaysUsed(parts), variables), ...pluralFaults(uses, language)].map(
        ({ kind, message, name }) => finding(code, kind, message, name),
      );
    } catch (error) {
      return [
        finding(code, "syntax", `It cannot be read: ${error instanceof Error ? error.message : error}.`),
      ];
    }
  });
  return [...faults, ...extra];
}

interface Use {
  readonly name: string;
  readonly type: Exclude<MessagePart, string>["type"];
  readonly cases: readonly string[];
}

interface Fault {
  readonly kind: MessageFault;
  readonly name: string;
  readonly message: string;
}

function placeholdersOf(parts: readonly MessagePart[]): Use[] {
  return parts.flatMap((part): Use[] => {
    if (typeof part === "string" || part.type === "count") return [];
    if (!("cases" in part)) return [{ name: part.name, type: part.type, cases: [] }];
    const cases = Object.keys(part.cases);
    return [
      { name: part.name, type: part.type, cases },
      ...cases.flatMap((key) => placeholdersOf(part.cases[key] ?? [])),
    ];
  });
}

/** What a reader sees whichever case is taken. An exact case (`=0`) may leave things unsaid: it knows the number. */
function alwaysUsed(parts: readonly MessagePart[]): Set<string> {
  return new Set(
    parts.flatMap((part) => {
      if (typeof part === "string" || part.type === "count") return [];
      if (!("cases" in part)) return [part.name];
      const cases = Object.entries(part.cases).filter(([key]) => !key.startsWith("="));
      const [first = new Set<string>(), ...others] = cases.map(([, inner]) => alwaysUsed(inner));
      return [part.name, ...[...first].filter((name) => others.every((other) => other.has(name)))];
    }),
  );
}

/** How a variable of each kind may be used. A plain `{name}` fits all. */
const FITTING: Readonly<Record<VariableKind, readonly Use["type"][]>> = {
  number: ["argument", "number", "plural", "selectordinal"],
  duration: ["duration"],
  text: ["argument", "select"],
};

function placeholderFaults(
  uses: readonly Use[],
  always: ReadonlySet<string>,
  variables: Readonly<Record<string, VariableKind>>,
): Fault[] {
  const names = Object.keys(variables);
  const list = names.length === 0 ? "none" : names.join(", ");
  const wrong = uses.flatMap(({ name, type }): Fault[] => {
    const kind = Object.hasOwn(variables, name) ? variables[name] : undefined;
    if (kind === undefined) {
      const message = `{${name}} is no variable of this code; it has ${list}.`;
      return [{ kind: "unknown_placeholder", name, message }];
    }
    if (FITTING[kind].includes(type)) return [];
    const message = `{${name}} is a ${kind}, which cannot be used as ${type}.`;
    return [{ kind: "wrong_kind", name, message }];
  });
  const missing = names
    .filter((name) => !always.has(name))
    .map((name): Fault => {
      const where = uses.some((use) => use.name === name) ? " in every case" : "";
      return { kind: "missing_placeholder", name, message: `{${name}} is not used${where}.` };
    });
  return [...wrong, ...missing];
}

function pluralFaults(uses: readonly Use[], language: string): Fault[] {
  return uses.flatMap(({ name, type, cases }): Fault[] => {
    if (type !== "plural" && type !== "selectordinal") return [];
    const known = pluralCases(language, type);
    const missing = known.filter((key) => !cases.includes(key));
    const unknown = cases.filter((key) => !key.startsWith("=") && !known.includes(key));
    if (missing.length === 0 && unknown.length === 0) return [];
    const said = [
      ...(missing.length > 0 ? [`lacks the plural case ${missing.join(", ")}`] : []),
      ...(unknown.length > 0 ? [`has the case ${unknown.join(", ")}, which the language has not`] : []),
    ];
    return [{ kind: "missing_plural_case", name, message: `{${name}, ${type}} ${said.join(" and ")}.` }];
  });
}

function pluralCases(language: string, type: "plural" | "selectordinal"): readonly string[] {
  const rules = new Intl.PluralRules(language, { type: type === "plural" ? "cardinal" : "ordinal" });
  return rules.resolvedOptions().pluralCategories;
}
