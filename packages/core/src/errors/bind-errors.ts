import type { Catalogue } from "./catalogue.ts";
import {
  type AnyErrorResponseOptions,
  type ErrorResponseOptions,
  errorResponseOf,
} from "./create-error-response.ts";
import type { MessageSet, VariablesArgument, VariablesField } from "./error-set.ts";
import { formatMessageOf } from "./format-message.ts";
import { fallbackLanguage } from "./languages.ts";
import { negotiateLanguage } from "./negotiate-language.ts";
import { VidopsError, type VidopsErrorInit } from "./vidops-error.ts";

// Symbol.for: the brand is the same in every copy of this package that one program may load.
const brand: unique symbol = Symbol.for("@vidops/core/ErrorSet");

/** Codes, their messages, and the functions over them. */
export interface ErrorSet<Codes extends Catalogue = Catalogue, Tag extends string = string>
  extends MessageSet<Codes, Tag> {
  /** Every code by its own name. */
  readonly ErrorCode: { readonly [Code in keyof Codes & string]: Code };
  /** ICU MessageFormat sources, by code and language. */
  readonly ErrorMessages: Readonly<Record<keyof Codes & string, Readonly<Record<Tag, string>>>>;
  /** Tells whether a value is one of the codes. */
  isErrorCode(value: unknown): value is keyof Codes & string;
  /** Writes the message of a code; see `formatMessage`. */
  formatMessage<Code extends keyof Codes & string>(
    code: Code,
    language: string | null | undefined,
    ...rest: VariablesArgument<Codes, Code>
  ): string;
  /** Makes the answer for an error; see `createErrorResponse`. */
  createErrorResponse<Code extends keyof Codes & string>(
    options: ErrorResponseOptions<Codes, Code>,
  ): Response;
  /** Chooses among the languages of the set; see `negotiateLanguage`. */
  negotiateLanguage(header: string | null | undefined): Tag;
  /** Makes an error with one of the codes, to be thrown. */
  createError<Code extends keyof Codes & string>(
    init: Omit<VidopsErrorInit<Code>, "variables"> & VariablesField<Codes, Code>,
  ): VidopsError<Code>;
}

/** Puts the functions over codes and messages. */
export function bindErrors<Codes extends Catalogue, Tag extends string>(
  set: MessageSet<Codes, Tag>,
): ErrorSet<Codes, Tag> {
  const codes = Object.keys(set.codes);
  const bound = {
    ...set,
    ErrorCode: Object.fromEntries(codes.map((code) => [code, code])),
    ErrorMessages: messagesByCode(set),
    isErrorCode: (value: unknown): boolean => typeof value === "string" && Object.hasOwn(set.codes, value),
    formatMessage: (
      code: string,
      language: string | null | undefined,
      variables?: unknown,
      options = {},
    ): string => formatMessageOf(set, code, language, variables, options),
    createErrorResponse: (options: AnyErrorResponseOptions): Response => errorResponseOf(set, options),
    negotiateLanguage: (header: string | null | undefined): string =>
      negotiateLanguage(header, { supported: set.languages, fallback: fallbackLanguage }),
    createError: (init: VidopsErrorInit<string>): VidopsError<string> => new VidopsError(init),
  };
  Object.defineProperty(bound, brand, { value: true });
  return bound as unknown as ErrorSet<Codes, Tag>;
}

/** The sources turned round: by code, then by language. */
export function messagesByCode(set: MessageSet): Record<string, Record<string, string>> {
  return Object.fromEntries(
    Object.keys(set.codes).map((code) => [
      code,
      Object.fromEntries(set.languages.map((language) => [language, set.messages[language]?.[code] ?? ""])),
    ]),
  );
}

/**
 * Tells whether a value is what `defineErrors` returned, also in another copy of this package.
 *
 * @param value anything, e.g. the export of a module
 * @returns true for an error set
 * @example
 * ```ts
 * Object.values(await import(file)).find(isErrorSet);
 * ```
 */
export function isErrorSet(value: unknown): value is ErrorSet {
  return typeof value === "object" && value !== null && (value as { [brand]?: unknown })[brand] === true;
}
