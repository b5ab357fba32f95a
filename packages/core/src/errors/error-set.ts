import type { Catalogue, VariableKind } from "./catalogue.ts";
import type { MessagePart } from "./message-parts.ts";

/** Codes, and their messages in some languages: the one of vidops, or an app's own over it. */
export interface MessageSet<Codes extends Catalogue = Catalogue, Languages extends string = string> {
  /** What is known of each code. */
  readonly codes: Codes;
  /** BCP 47 tags, the preferred first; every one has a message for every code. `en` is among them. */
  readonly languages: readonly Languages[];
  /** ICU MessageFormat sources, by language and code. */
  readonly messages: Readonly<Record<Languages, Readonly<Record<keyof Codes & string, string>>>>;
  /** The parsed form of the messages that are more than plain text, so that nothing is parsed while users wait. */
  readonly parts: Readonly<Record<Languages, Readonly<Record<string, readonly MessagePart[]>>>>;
}

type ValueOf<Kind extends VariableKind> = Kind extends "text" ? string | number : number;

/** The variables that the messages of a code need, e.g. `{ required: number; available: number }`. */
export type VariablesOf<Codes extends Catalogue, Code extends keyof Codes> = {
  -readonly [Name in keyof Codes[Code]["variables"]]: ValueOf<Codes[Code]["variables"][Name]>;
};

/** `variables` as a field: required exactly for the codes whose messages have some. */
export type VariablesField<Codes extends Catalogue, Code extends keyof Codes> = Code extends keyof Codes
  ? keyof Codes[Code]["variables"] extends never
    ? { readonly variables?: Readonly<Record<string, never>> | undefined }
    : { readonly variables: VariablesOf<Codes, Code> }
  : never;

/** `variables` as a last argument. */
export type VariablesArgument<
  Codes extends Catalogue,
  Code extends keyof Codes,
> = keyof Codes[Code]["variables"] extends never
  ? [variables?: Readonly<Record<string, never>>, options?: MistakeOptions]
  : [variables: VariablesOf<Codes, Code>, options?: MistakeOptions];

/** What happens with a mistake of the programmer, such as a variable that is missing. */
export interface MistakeOptions {
  /** True: throw it. False: log it, and answer something safe. Default: as `NODE_ENV` says (development and test throw). */
  readonly strict?: boolean | undefined;
  /** Takes the log line. Default: `logEvent`. */
  readonly log?: ((eventType: string, data: Record<string, unknown>, level: "error") => void) | undefined;
}
