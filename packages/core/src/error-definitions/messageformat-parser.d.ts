// The package's types belong to its CommonJS entry only (5.2.0), so an import from a module finds none.
declare module "@messageformat/parser" {
  export interface Content {
    type: "content";
    value: string;
  }
  export interface PlainArgument {
    type: "argument";
    arg: string;
  }
  export interface FunctionArgument {
    type: "function";
    arg: string;
    key: string;
    param?: Token[];
  }
  export interface Select {
    type: "plural" | "select" | "selectordinal";
    arg: string;
    cases: { key: string; tokens: Token[] }[];
    pluralOffset?: number;
  }
  export interface Octothorpe {
    type: "octothorpe";
  }
  export type Token = Content | PlainArgument | FunctionArgument | Select | Octothorpe;
  export class ParseError extends Error {}
  export function parse(source: string, options?: { strict?: boolean; strictPluralKeys?: boolean }): Token[];
}
