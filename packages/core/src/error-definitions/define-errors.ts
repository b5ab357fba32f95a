import {
  bindErrors,
  builtInMessages,
  type Catalogue,
  type CatalogueRow,
  catalogue,
  type ErrorCode,
  type ErrorSet,
  type Language,
  languages,
} from "../errors/index.ts";
import { checkMessages } from "./check-messages.ts";
import { DefinitionError } from "./definition-error.ts";
import { parseMessages } from "./parse-message.ts";

type OwnMessages<Codes extends Catalogue, Tag extends string> = Tag extends Language
  ? // The language is known: the app's own codes are needed, the others may be worded anew.
    Readonly<Record<keyof Codes & string, string> & Partial<Record<ErrorCode, string>>>
  : Readonly<Record<(keyof Codes & string) | ErrorCode, string>>;

/** An app's own codes and languages. */
export interface ErrorDefinitions<Codes extends Catalogue, Tag extends string> {
  /** Codes of the app, e.g. `APP_1001`. A code of vidops cannot be given another meaning. */
  readonly codes: Codes;
  /** The languages that the app answers in, as BCP 47 tags; `en` among them. Default: `en`, `tr`, `es`. */
  readonly languages?: readonly Tag[];
  /** ICU MessageFormat sources by language and code; for a language that vidops lacks, of every code. */
  readonly messages: { readonly [T in NoInfer<Tag>]: OwnMessages<NoInfer<Codes>, T> };
}

/** The codes of vidops and those of an app. */
export type WithBuiltIn<Codes extends Catalogue> = typeof catalogue & Codes;

/**
 * Adds an app's codes and languages to those of vidops, with the same typing, checks and outputs.
 *
 * @param definitions codes, languages and messages
 * @returns `ErrorCode`, `ErrorMessages`, `formatMessage`, `createErrorResponse`… for all codes; hand it to `withErrors` as
 *   `errors`, and to `vidops i18n check --errors` as the export of a module
 * @throws DefinitionError (a TypeError) that lists every fault: a message or placeholder that is missing, unknown or mistyped, a code of
 *   vidops, a status that is no error's, a language tag that is none
 * @example
 * ```ts
 * export const errors = defineErrors({
 *   codes: {
 *     APP_1001: {
 *       name: "video_too_long", status: 400, retryable: false, variables: { seconds: "duration" },
 *       meaning: "The video is longer than the plan allows.", action: "Offer a shorter length.",
 *     },
 *   },
 *   messages: {
 *     en: { APP_1001: "Videos can be at most {seconds, duration} long." },
 *     tr: { APP_1001: "Videolar en fazla {seconds, duration} olabilir." },
 *     es: { APP_1001: "Los vídeos pueden durar como máximo {seconds, duration}." },
 *   },
 * });
 * errors.createErrorResponse({ code: "APP_1001", variables: { seconds: 10 }, request });
 * ```
 */
export function defineErrors<const Codes extends Catalogue, const Tag extends string = Language>(
  definitions: ErrorDefinitions<Codes, Tag>,
): ErrorSet<WithBuiltIn<Codes>, Tag> {
  const tags = definitions.languages ?? (languages as readonly string[] as readonly Tag[]);
  const given = (definitions.messages ?? {}) as Readonly<Record<string, Readonly<Record<string, string>>>>;
  const faults = [...codeFaults(definitions.codes), ...languageFaults(tags, Object.keys(given))];
  if (faults.length > 0) throw new DefinitionError(faults);
  type Own = ErrorSet<WithBuiltIn<Codes>, Tag>;
  const sources = tags.map((tag) => [tag, { ...builtInMessages[tag as Language], ...given[tag] }] as const);
  const set = {
    codes: { ...catalogue, ...definitions.codes } as WithBuiltIn<Codes>,
    languages: tags,
    messages: Object.fromEntries(sources) as Own["messages"],
  };
  const findings = checkMessages(set);
  if (findings.length > 0) {
    const sentences = findings.map(({ language, code, message }) => `${language} ${code}: ${message}`);
    throw new DefinitionError(sentences, findings);
  }
  const parts = sources.map(([tag, messages]) => [tag, parseMessages(messages)] as const);
  return bindErrors({ ...set, parts: Object.fromEntries(parts) as Own["parts"] });
}

function codeFaults(codes: Catalogue): string[] {
  return Object.entries(codes).flatMap(([code, row]) => [
    ...(/^[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)*$/.test(code) && code.length <= 60
      ? []
      : [`${code}: a code is written in capitals, digits and underscores, e.g. APP_1001.`]),
    ...(/^ERR_[456]/.test(code)
      ? [`${code}: ERR_4…, ERR_5… and ERR_6… belong to vidops; choose another prefix.`]
      : []),
    ...rowFaults(code, row),
  ]);
}

function rowFaults(code: string, { name, status, variables = {} }: CatalogueRow): string[] {
  const kinds = ["number", "text", "duration"];
  return [
    ...(/^[a-z][a-z0-9_]*$/.test(name) ? [] : [`${code}: the name is written like "video_too_long".`]),
    ...(Number.isInteger(status) && status >= 400 && status <= 599
      ? []
      : [`${code}: ${status} is no status of an error, which is 400 to 599.`]),
    ...Object.entries(variables)
      .filter(([, kind]) => !kinds.includes(kind))
      .map(
        ([variable, kind]) => `${code}: the kind of ${variable} is ${kind}; there are ${kinds.join(", ")}.`,
      ),
  ];
}

function languageFaults(tags: readonly string[], given: readonly string[]): string[] {
  return [
    ...tags
      .filter((tag) => !isLanguageTag(tag))
      .map((tag) => `"${tag}" is no language tag, such as "tr" or "pt-BR".`),
    ...(tags.includes("en")
      ? []
      : ["en is missing: it is what the others are compared with and fall back to."]),
    ...tags.filter((tag) => !given.includes(tag)).map((tag) => `There are no messages for ${tag}.`),
    ...given
      .filter((tag) => !tags.includes(tag))
      .map((tag) => `${tag} has messages but is not among the languages.`),
  ];
}

/** Well-formed is not enough: "turkish" is, and nobody speaks it. */
function isLanguageTag(tag: string): boolean {
  try {
    return Intl.PluralRules.supportedLocalesOf(tag).length === 1;
  } catch {
    return false;
  }
}
