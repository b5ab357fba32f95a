/**
 * Writes what is generated: supabase/schema, the TypeScript types of the database, the parsed messages, docs/reference,
 * docs/runtime-errors.md, and the deno.json of each Edge Function.
 *
 * `npm run gen` writes; `npm run gen -- --check` writes nothing, names what differs, and exits 1. `npm run gen -- types`
 * writes that part alone.
 */
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, matchesGlob } from "node:path";
import { parseArgs } from "node:util";
import { startLocal } from "@vidops/local";
import postgres from "postgres";
import { readCatalog } from "./generate/catalog.ts";
import { databaseTypes } from "./generate/database-types.ts";
import { findDifferences } from "./generate/differences.ts";
import { functionImports } from "./generate/function-imports.ts";
import { schemaSnapshot } from "./generate/schema-snapshot.ts";
import { sqlReference } from "./generate/sql-reference.ts";

const root = join(import.meta.dirname, "..");
const typesFile = "packages/core/src/database/database.types.ts";
/** What can be generated, and where it goes; a part alone is for the moment when another cannot run. */
const parts = {
  schema: "supabase/schema/**/*.sql",
  types: typesFile,
  messages: "packages/core/src/errors/messages/parsed.ts",
  sql: "docs/reference/sql.md",
  cli: "docs/reference/cli.md",
  errors: "docs/reference/errors.md",
  runtimes: "docs/runtime-errors.md",
  functions: "supabase/functions/*/deno.json",
};
type Part = keyof typeof parts;
/** The parts that are read from a database. */
const ofDatabase: readonly Part[] = ["schema", "types", "sql"];

async function generate(wanted: readonly Part[]): Promise<Map<string, string>> {
  const files = new Map<string, string>();
  if (wanted.some((part) => ofDatabase.includes(part))) {
    const stack = await startLocal({ port: 0, dbPort: 0, ephemeral: true, seed: "none" });
    const sql = postgres(stack.dbUrl, { max: 1, onnotice: () => {} });
    try {
      const catalog = await readCatalog(sql);
      for (const [path, text] of schemaSnapshot(catalog)) files.set(`supabase/schema/${path}`, text);
      files.set(typesFile, await databaseTypes(sql));
      files.set("docs/reference/sql.md", sqlReference(catalog));
    } finally {
      await sql.end();
      await stack.stop();
    }
  }
  if (wanted.includes("messages")) {
    const { parsedMessages } = await import("./generate/parsed-messages.ts");
    files.set(parts.messages, parsedMessages());
  }
  if (wanted.includes("cli")) {
    // Imported here, so that the types can be made while what needs them does not compile.
    const { cliReference } = await import("./generate/cli-reference.ts");
    files.set(parts.cli, await cliReference());
  }
  if (wanted.includes("errors")) {
    const { errorReference } = await import("./generate/error-reference.ts");
    files.set(parts.errors, errorReference());
  }
  if (wanted.includes("runtimes")) {
    const { runtimeErrors } = await import("./generate/runtime-errors.ts");
    files.set(parts.runtimes, runtimeErrors());
  }
  if (wanted.includes("functions")) for (const [path, text] of functionImports()) files.set(path, text);
  for (const path of files.keys()) {
    if (!wanted.some((part) => matchesGlob(path, parts[part]))) files.delete(path);
  }
  return files;
}

const { values, positionals } = parseArgs({
  options: { check: { type: "boolean", default: false } },
  allowPositionals: true,
});
const known = Object.keys(parts) as Part[];
const wanted = positionals.length === 0 ? known : known.filter((part) => positionals.includes(part));
if (positionals.some((name) => !known.includes(name as Part))) {
  console.error(`usage: npm run gen [-- ${known.join(" ")}] [--check]`);
  process.exit(2);
}
const files = await generate(wanted);
const changes = findDifferences(
  root,
  files,
  wanted.map((part) => parts[part]),
);
if (values.check) {
  for (const { path, why } of changes) console.error(`${path}: ${why}`);
  if (changes.length > 0) console.error("To mend: npm run gen, then commit what it wrote.");
  else console.log(`${files.size} generated files are up to date.`);
  process.exitCode = changes.length === 0 ? 0 : 1;
} else {
  for (const { path } of changes) {
    const text = files.get(path);
    if (text === undefined) {
      rmSync(join(root, path));
    } else {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      writeFileSync(join(root, path), text);
    }
    console.log(`${text === undefined ? "removed" : "wrote"} ${path}`);
  }
  console.log(`${files.size} generated files, ${changes.length} changed.`);
}
