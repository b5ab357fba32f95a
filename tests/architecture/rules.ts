/** The architecture as data. The test beside this reads the imports and holds them against these tables. */

/** What a package may import of the others; `lazily` through `import()` only, so that nobody pays for it at start. */
export const packages: Readonly<
  Record<
    string,
    { readonly imports: readonly string[]; readonly lazily: readonly string[]; readonly portable: boolean }
  >
> = {
  core: { imports: [], lazily: [], portable: true },
  sdk: { imports: ["core"], lazily: [], portable: true },
  local: { imports: [], lazily: [], portable: false },
  cli: { imports: ["core"], lazily: ["local"], portable: false },
};

/** The rooms of core, lowest floor first. A room takes from the floors below it, never from its own or from above. */
export const floors: readonly (readonly string[])[] = [
  ["logging"],
  ["errors"],
  ["error-definitions", "http", "database"],
  ["acts"],
  ["credits", "models", "users", "rate-limit", "error-log", "providers"],
  ["jobs"],
  ["admin", "maintenance"],
];

/** Globals that only some of the runtimes have on which core and sdk run. */
export const unportableGlobals: ReadonlySet<string> = new Set([
  "process",
  "Buffer",
  "require",
  "__dirname",
  "__filename",
  "setImmediate",
  "Deno",
  "Bun",
]);

/** The one file of core that looks at the runtime it is on, carefully: whether a programmer's mistake is to be thrown. */
export const runtimeReaders = /^packages\/core\/src\/errors\/development\.ts$/;

/** Where the CLI reads the environment; everything else is handed what it needs, and so can be tested. */
export const environmentReaders = /^packages\/cli\/src\/(vidops\.ts$|process-context\.ts$|testing\/)/;

/** Names that say nothing in the field's words, as a folder or as a file. */
export const emptyNames = /(^|[-.])(utils?|helpers?|common|misc)$|^types$/;

export const longestFile = 300;

/** At the head of a longer file: `Long because …`. */
export const reasonForLength = /\bLong because\b/;

/** Files written by a program; nobody splits those. */
export const generatedFiles: ReadonlySet<string> = new Set([
  "packages/core/src/database/database.types.ts",
  "packages/core/src/errors/messages/parsed.ts",
]);

/** Every rule by its name, in the words that a breach prints. */
export const rules = {
  "package-direction": "a package may import only what the table of packages allows",
  "lazy-only": "this package is loaded with import() only, so that other commands start without it",
  "room-direction": "a room imports only rooms of the floors below it",
  "room-door": "another room or package is entered through its index.ts only",
  "room-unknown": "a room has a floor in the table of floors and one subpath in exports",
  "leaves-package": "a relative import stays inside its package; use the package's name",
  "ts-ending": "a relative import ends as the file on disk does: in .ts, not in .js",
  "undeclared-package": "an imported package is declared in the importing package's package.json",
  portable: "core and sdk run everywhere: no Node built-ins, no globals of one runtime",
  environment: "the CLI reads the environment at its entry points only",
  cycle: "imports form no cycle",
  "empty-name": "a name says what it is in the field's words: no utils, helpers, common, misc, types.ts",
  "file-too-long": `a file over ${longestFile} lines is split, or says at its head "Long because …"`,
} as const;

export type Rule = keyof typeof rules;

/** One breach: `from -> to: rule`. `to` is empty where the file itself is at fault. */
export interface Breach {
  readonly from: string;
  readonly to: string;
  readonly rule: Rule;
}
