import type { MessageChoice, MessagePart } from "@vidops/core/errors";
import {
  argumentOf,
  categoriesOf,
  commentOf,
  type ExportedMessage,
  Inexpressible,
  type PluralCategory,
  pluralCases,
} from "./exported-message.ts";
import { unseenCharacters } from "./unseen-characters.ts";

/**
 * One language's messages as Android string resources (res/values-<language>/…xml). A message that is a plural in any
 * language is a `<plurals>` in all: an app asks for one kind of resource, and Android falls back to another language
 * where that kind is missing.
 *
 * @throws Inexpressible for each message (`code: why`) that resources have no words for, all of them in one.
 * @example toAndroid(exportedMessages(builtInErrors), "tr")
 */
export function toAndroid(messages: readonly ExportedMessage[], language: string): string {
  const problems: string[] = [];
  const names = new Map<string, string>();
  const elements = messages.flatMap((message) => {
    try {
      const name = resourceName(message.code);
      const taken = names.get(name);
      if (taken !== undefined) throw new Inexpressible(`its resource name ${name} is that of ${taken}, too`);
      names.set(name, message.code);
      return element(message, name, language);
    } catch (error) {
      if (!(error instanceof Inexpressible)) throw error;
      problems.push(`${message.code}: ${error.message}`);
      return [];
    }
  });
  if (problems.length > 0) throw new Inexpressible(problems.join("\n"));
  const head = ['<?xml version="1.0" encoding="utf-8"?>', "<resources>"];
  return `${[...head, ...elements, "</resources>"].join("\n")}\n`;
}

function element(message: ExportedMessage, name: string, language: string): string[] {
  const comment = `    <!-- ${xml(commentOf(message).replace(/-{2,}/g, "-"))} -->`;
  const parts = message.texts[language] ?? [];
  const counted = countedVariable(message);
  if (counted === null) {
    const text = write(parts, message, null);
    // An app that asks for a text without arguments gets it unformatted: a percent sign stays single.
    const plain = message.variables.length === 0 && text.includes("%") ? ' formatted="false"' : "";
    return [comment, `    <string name="${name}"${plain}>${escapeText(text)}</string>`];
  }
  return [
    comment.replace(" -->", ` Its quantity is ${counted}. -->`),
    `    <plurals name="${name}">`,
    ...categoriesOf(language).map(
      (category) =>
        `        <item quantity="${category}">${escapeText(write(parts, message, { category, language }))}</item>`,
    ),
    "    </plurals>",
  ];
}

/** The variable that chooses the plural, which must be one and the same in all languages; null without plurals. */
function countedVariable({ texts }: ExportedMessage): string | null {
  const choices = Object.values(texts)
    .flat()
    .filter((part): part is MessageChoice => typeof part !== "string" && "cases" in part);
  const names = [...new Set(choices.map((choice) => choice.name))];
  if (names.length > 1)
    throw new Inexpressible(`it has plurals of ${names.join(" and ")}; a resource has one quantity`);
  return names[0] ?? null;
}

interface Place {
  readonly category: PluralCategory;
  readonly language: string;
}

function write(
  parts: readonly MessagePart[],
  message: ExportedMessage,
  place: Place | null,
  counted: string | null = null,
): string {
  return parts
    .map((part) => {
      if (typeof part === "string") return message.variables.length === 0 ? part : part.replaceAll("%", "%%");
      if (part.type === "count") return specifier(message, counted ?? "");
      if (!("cases" in part)) {
        if (part.style === "percent")
          throw new Inexpressible(`{${part.name}, number, percent} has no counterpart`);
        return specifier(message, part.name);
      }
      if (counted !== null)
        throw new Inexpressible(`{${part.name}, ${part.type}} stands inside another plural`);
      const cases = pluralCases(part, place?.language ?? "en");
      return write(cases.get(place?.category ?? "other") ?? [], message, place, part.name);
    })
    .join("");
}

/** `%1$,d` writes a number with the separators of the reader's language, as the messages of vidops do elsewhere. */
function specifier(message: ExportedMessage, name: string): string {
  const { position, kind } = argumentOf(message, name);
  return `%${position}$${kind === "number" ? ",d" : "s"}`;
}

function resourceName(code: string): string {
  if (!/^[A-Za-z_]\w*$/.test(code)) throw new Inexpressible("it is no name for a resource");
  return code.toLowerCase();
}

/**
 * Text as a resource takes it: Android's own escapes first, then XML's. Spaces that would be collapsed are written as
 * \u0020.
 */
function escapeText(text: string): string {
  return xml(
    text
      .replaceAll("\r\n", "\n")
      .replace(/[\\'"]/g, "\\$&")
      .replace(/^[@?]/, "\\$&")
      .replaceAll("\n", "\\n")
      .replaceAll("\t", "\\t")
      .replace(/^ | $|(?<= ) /g, "\\u0020"),
  );
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: these characters are what is matched
const impossible = /[\u0000-\u0008\u000b\u000c\u000d\u000e-\u001f\ufffe\uffff]/;

function xml(text: string): string {
  if (impossible.test(text) || !text.isWellFormed())
    throw new Inexpressible("it holds a control character, which XML has no form for");
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replace(
      unseenCharacters,
      (character) => `&#x${(character.codePointAt(0) ?? 0).toString(16).toUpperCase()};`,
    );
}
