import type { MessagePart } from "@vidops/core/errors";
import {
  argumentOf,
  commentOf,
  type ExportedMessage,
  Inexpressible,
  pluralCases,
} from "./exported-message.ts";
import { escapeUnseen } from "./locale-json.ts";

interface StringUnit {
  readonly stringUnit: { readonly state: "translated"; readonly value: string };
}

interface Substitution {
  readonly argNum: number;
  readonly formatSpecifier: string;
  readonly variations: { readonly plural: Readonly<Record<string, StringUnit>> };
}

/**
 * Messages as an Apple String Catalog (Localizable.xcstrings), laid out as Xcode writes it, so that saving it there
 * changes nothing. Plurals are substitutions; arguments are numbered by the catalogue of codes.
 *
 * @param languages that go into the file.
 * @param sourceLanguage the one that the others are translated from.
 * @throws Inexpressible for each message (`code: why`) that a catalog has no words for, all of them in one.
 * @example toXcstrings(exportedMessages(builtInErrors), ["en", "tr"], "en")
 */
export function toXcstrings(
  messages: readonly ExportedMessage[],
  languages: readonly string[],
  sourceLanguage: string,
): string {
  const problems: string[] = [];
  const strings = messages.map((message) => {
    const localizations = [...languages].sort().map((language) => {
      try {
        return [language, localization(message, language)] as const;
      } catch (error) {
        if (!(error instanceof Inexpressible)) throw error;
        problems.push(`${message.code} (${language}): ${error.message}`);
        return [language, null] as const;
      }
    });
    return [
      message.code,
      {
        comment: commentOf(message),
        extractionState: "manual",
        localizations: Object.fromEntries(localizations),
      },
    ] as const;
  });
  if (problems.length > 0) throw new Inexpressible(problems.join("\n"));
  strings.sort(([a], [b]) => (a < b ? -1 : 1));
  return write({ sourceLanguage, strings: Object.fromEntries(strings), version: "1.0" });
}

function localization(message: ExportedMessage, language: string): object {
  const substitutions: [string, Substitution][] = [];
  const value = (message.texts[language] ?? [])
    .map((part) => {
      if (typeof part === "string" || !("cases" in part)) return flat(part, message, null);
      const { position } = argumentOf(message, part.name);
      const uses = substitutions.filter(([, { argNum }]) => argNum === position).length;
      const name = uses === 0 ? part.name : `${part.name}_${uses + 1}`;
      substitutions.push([name, substitution(part, message, language, position)]);
      return `%${position}$#@${name}@`;
    })
    .join("");
  return {
    ...unit(value),
    ...(substitutions.length === 0
      ? {}
      : { substitutions: Object.fromEntries(substitutions.sort(([a], [b]) => (a < b ? -1 : 1))) }),
  };
}

function substitution(
  part: Exclude<MessagePart, string> & { readonly name: string },
  message: ExportedMessage,
  language: string,
  argNum: number,
): Substitution {
  const cases = [...pluralCases(part, language)].map(
    ([category, parts]) =>
      [category, unit(parts.map((each) => flat(each, message, part.name)).join(""))] as const,
  );
  return {
    argNum,
    formatSpecifier: "lld",
    variations: { plural: Object.fromEntries(cases.sort(([a], [b]) => (a < b ? -1 : 1))) },
  };
}

/** Text or an argument. Inside a plural, its own number is `%arg`, and other arguments keep their positions. */
function flat(part: MessagePart, message: ExportedMessage, counted: string | null): string {
  // A text without arguments is not formatted, so its percent signs stay single.
  if (typeof part === "string") return message.variables.length === 0 ? part : part.replaceAll("%", "%%");
  if (part.type === "count") return "%arg";
  if ("cases" in part) throw new Inexpressible(`{${part.name}, ${part.type}} stands inside another plural`);
  if (part.style === "percent") throw new Inexpressible(`{${part.name}, number, percent} has no counterpart`);
  if (part.name === counted) return "%arg";
  const { position, kind } = argumentOf(message, part.name);
  return `%${position}$${kind === "number" ? "lld" : "@"}`;
}

function unit(value: string): StringUnit {
  return { stringUnit: { state: "translated", value } };
}

/** As Xcode writes JSON: two spaces, and one before each colon. */
function write(catalog: object): string {
  return `${escapeUnseen(JSON.stringify(catalog, null, 2)).replace(/^( *"(?:[^"\\]|\\.)*"):/gm, "$1 :")}\n`;
}
