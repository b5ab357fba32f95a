/// <reference path="./messageformat-parser.d.ts" />
import { parse, type Token } from "@messageformat/parser";

import type { MessageArgument, MessageChoice, MessagePart } from "../errors/index.ts";

/**
 * Parses an ICU MessageFormat source: `{name}`, `{n, number}`, `{n, number, percent}`, `{seconds, duration}`, `plural`,
 * `selectordinal` and `select`. HTML is plain text.
 *
 * @param source the message as its author wrote it
 * @returns its parts
 * @throws SyntaxError with one line that says what is wrong and where
 * @example
 * ```ts
 * parseMessage("You have {count, plural, one {# credit} other {# credits}}.");
 * ```
 */
export function parseMessage(source: string): readonly MessagePart[] {
  return toParts(tokensOf(source), source);
}

/**
 * Parses the messages of one language that are more than plain text.
 *
 * @param messages sources by code
 * @returns parts by code, of those with placeholders or quotes; the others are written as they are
 * @throws SyntaxError as {@link parseMessage} does
 * @example
 * ```ts
 * parseMessages({ ERR_4001: "You need {required}.", ERR_4002: "Not available." }); // { ERR_4001: […] }
 * ```
 */
export function parseMessages(
  messages: Readonly<Record<string, string>>,
): Record<string, readonly MessagePart[]> {
  return Object.fromEntries(
    Object.entries(messages)
      .filter(([, source]) => /[{}']/.test(source))
      .map(([code, source]) => [code, parseMessage(source)]),
  );
}

function tokensOf(source: string): Token[] {
  try {
    return parse(source, { strictPluralKeys: false });
  } catch (error) {
    throw new SyntaxError(String(error instanceof Error ? error.message : error).split(":\n", 1)[0]);
  }
}

function toParts(tokens: readonly Token[], source: string): MessagePart[] {
  return tokens.map((token) => toPart(token, source));
}

function toPart(token: Token, source: string): MessagePart {
  switch (token.type) {
    case "content":
      // The parser takes a lone brace for text; to the author it was the start of a placeholder.
      if (/[{}]/.test(token.value) && !/'[{}]/.test(source)) {
        throw new SyntaxError(`a brace stands alone in "${token.value.trim()}"; write '{' for a literal one`);
      }
      return token.value;
    case "octothorpe":
      return { type: "count" };
    case "argument":
      return { type: "argument", name: token.arg, style: null };
    case "function":
      return functionPart(token.arg, token.key, token.param ?? []);
    default:
      return {
        type: token.type,
        name: token.arg,
        offset: token.pluralOffset ?? 0,
        cases: casesOf(token.arg, token.cases, source),
      };
  }
}

function functionPart(name: string, key: string, param: readonly Token[]): MessageArgument {
  const style = param
    .map((token) => (token.type === "content" ? token.value : "?"))
    .join("")
    .trim();
  if (key === "duration" && style === "") return { type: "duration", name, style: null };
  if (key === "number" && style === "") return { type: "number", name, style: null };
  if (key === "number" && (style === "percent" || style === "integer"))
    return { type: "number", name, style };
  throw new SyntaxError(
    `{${name}, ${key}${style && `, ${style}`}} is not known; there are number, number with percent or integer, and duration`,
  );
}

function casesOf(
  name: string,
  cases: readonly { key: string; tokens: Token[] }[],
  source: string,
): MessageChoice["cases"] {
  if (!cases.some(({ key }) => key === "other")) throw new SyntaxError(`{${name}, …} has no case "other"`);
  return Object.fromEntries(cases.map(({ key, tokens }) => [key, toParts(tokens, source)]));
}
