/** A piece of a parsed message. A string is plain text. */
export type MessagePart = string | MessageArgument | MessageChoice | { readonly type: "count" };

/** A variable that is written as it is (`{name}`), as a number, or as a duration. */
export interface MessageArgument {
  readonly type: "argument" | "number" | "duration";
  readonly name: string;
  /** Of `{share, number, percent}`; null otherwise. */
  readonly style: "percent" | "integer" | null;
}

/** A variable that chooses between texts. Inside a plural, `{ type: "count" }` stands for `#`. */
export interface MessageChoice {
  readonly type: "plural" | "selectordinal" | "select";
  readonly name: string;
  /** What is taken from the number before it is written; ICU's `offset:`. */
  readonly offset: number;
  readonly cases: Readonly<Record<string, readonly MessagePart[]>>;
}
