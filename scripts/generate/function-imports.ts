import { globSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";

const root = join(import.meta.dirname, "../..");
const functions = "supabase/functions";

/**
 * The deno.json of each Edge Function: what it and `_shared` import, in the versions of this checkout. The Supabase CLI reads
 * them where a function is deployed.
 *
 * @returns text by path
 */
export function functionImports(): Map<string, string> {
  const shared = globSync(`${functions}/_shared/*.ts`, { cwd: root }).flatMap(importsOf);
  return new Map(
    globSync(`${functions}/*/index.ts`, { cwd: root }).map((path) => {
      const specifiers = [...new Set([...shared, ...importsOf(path)])].sort();
      const imports = Object.fromEntries(specifiers.map((specifier) => [specifier, target(specifier)]));
      return [join(dirname(path), "deno.json"), `${JSON.stringify({ imports }, null, 2)}\n`];
    }),
  );
}

function importsOf(path: string): string[] {
  const source = readFileSync(join(root, path), "utf8");
  return [...source.matchAll(/ from "([^."][^"]*)"/g)].map(([, specifier = ""]) => specifier);
}

function target(specifier: string): string {
  const [scope = "", name = "", ...below] = specifier.split("/");
  return `npm:${[`${scope}/${name}@${versionOf(scope, name)}`, ...below].join("/")}`;
}

function versionOf(scope: string, name: string): string {
  const own = scope === "@vidops" ? `packages/${name}/package.json` : "package.json";
  const { version, devDependencies } = JSON.parse(readFileSync(join(root, own), "utf8")) as {
    version?: string;
    devDependencies?: Record<string, string>;
  };
  const found = scope === "@vidops" ? version : devDependencies?.[`${scope}/${name}`];
  if (found === undefined) throw new Error(`no version of ${scope}/${name} is known`);
  return found;
}
