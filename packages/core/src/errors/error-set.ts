import type { Logger } from "../logging/index.ts";
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

type ValueOf<Kind extends VariableKind> = Kind extends "text" ? string | number : number | bigint;

/** The variables that the messages of a code need, e.g. `{ required: number; available: number }`. */
export type VariablesOf<Codes extends Catalogue, Code extends keyof Codes> = {
  -readonly [Name in keyof Codes[Code]["variables"]]: ValueOf<Codes[Code]["variables"][Name]>;
};

type ToIntersection<Union> = (Union extends unknown ? (each: Union) => void : never) extends (
  all: infer All,
) => void
  ? All
  : never;

/** The variables that a message may need when it is not known before which of some codes it is for: those of all. */
type VariablesOfAll<Codes extends Catalogue, Code extends keyof Codes> = ToIntersection<
  Code extends keyof Codes ? VariablesOf<Codes, Code> : never
>;

type NoVariables = Readonly<Record<string, never>>;

/** `variables` as a field: required exactly for codes whose messages have some. */
export type VariablesField<Codes extends Catalogue, Code extends keyof Codes> = keyof VariablesOfAll<
  Codes,
  Code
> extends never
  ? { readonly variables?: NoVariables | undefined }
  : { readonly variables: VariablesOfAll<Codes, Code> };

/** `variables` as a last argument. */
export type VariablesArgument<Codes extends Catalogue, Code extends keyof Codes> = keyof VariablesOfAll<
  Codes,
  Code
> extends never
  ? [variables?: NoVariables, options?: MistakeOptions]
  : [variables: VariablesOfAll<Codes, Code>, options?: MistakeOptions];

/** What happens with a mistake of the programmer, such as a variable that is missing. */
export interface MistakeOptions {
  /** True: throw it. False: log it, and answer something safe. Default: as `NODE_ENV` says (development and test throw). */
  readonly strict?: boolean | undefined;
  /** Takes the log line. Default: `logEvent`. */
  readonly log?: Logger | undefined;
}
