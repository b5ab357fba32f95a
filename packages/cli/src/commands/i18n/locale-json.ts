import type { ErrorSet } from "@vidops/core/errors";
import { unseenCharacters } from "./unseen-characters.ts";

/**
 * The messages of one language as a locale file, which `i18n check` reads and `defineErrors` takes; or those of all, by
 * language.
 * @example toLocaleJson(builtInErrors, "tr") // '{\n  "ERR_4001": "…"\n}\n'
 */
export function toLocaleJson(set: ErrorSet, language: string | null): string {
  const codes = Object.keys(set.codes);
  const messagesOf = (tag: string): Record<string, string> =>
    Object.fromEntries(codes.map((code) => [code, set.messages[tag]?.[code] ?? ""]));
  const content =
    language === null
      ? Object.fromEntries(set.languages.map((tag) => [tag, messagesOf(tag)]))
      : messagesOf(language);
  return `${escapeUnseen(JSON.stringify(content, null, 2))}\n`;
}

/** JSON whose values are the same for a parser, and in which nothing is hidden from a reader. */
export function escapeUnseen(json: string): string {
  return json.replace(unseenCharacters, (match) =>
    Array.from(
      { length: match.length },
      (_, at) => `\\u${match.charCodeAt(at).toString(16).padStart(4, "0")}`,
    ).join(""),
  );
}
