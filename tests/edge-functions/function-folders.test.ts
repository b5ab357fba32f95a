import { globSync, readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { handlerNames } from "@vidops/sdk/server";
import { describe, expect, it } from "vitest";

const root = join(import.meta.dirname, "../..");
const read = (path: string): string => readFileSync(join(root, path), "utf8");
const json = (path: string) => JSON.parse(read(path)) as Record<string, Record<string, string>>;
const config = read("supabase/config.toml");

it("each handler has a function of its name, and there is no other", () => {
  const folders = globSync("supabase/functions/*/index.ts", { cwd: root }).map((path) =>
    basename(dirname(path)),
  );
  expect(folders.sort()).toEqual([...handlerNames].sort());
});

it(".env.example names each secret that the functions read", () => {
  const named = (source: string, pattern: RegExp): string[] =>
    [...source.matchAll(pattern)].map(([, name = ""]) => name).sort();
  const secrets = named(
    read("supabase/functions/_shared/settings.ts"),
    /(?:secret|jsonOf<[^(]+>)\("(\w+)"\)/g,
  );
  expect(named(read("supabase/functions/.env.example"), /^(\w+)=/gm)).toEqual(
    // The local stack sets two; in a project they have no place. Supabase sets the third.
    secrets.filter(
      (name) => !["VIDOPS_DEVELOPMENT_PROVIDER_URL", "VIDOPS_LOCAL", "SUPABASE_URL"].includes(name),
    ),
  );
});

describe.each(handlerNames)("%s", (name) => {
  it("serves the handler of its name", () => {
    expect(read(`supabase/functions/${name}/index.ts`)).toContain(`Deno.serve(handlers["${name}"])`);
  });

  it("checks tokens itself", () => {
    expect(config).toContain(`[functions.${name}]\nverify_jwt = false\n`);
  });

  it("names in deno.json what it imports, in the versions of this checkout", () => {
    const sources = ["_shared/handlers.ts", "_shared/settings.ts", `${name}/index.ts`];
    const imported = sources.flatMap((path) =>
      [...read(`supabase/functions/${path}`).matchAll(/ from "([^."][^"]*)"/g)].map(
        ([, specifier]) => specifier,
      ),
    );
    const versions: Record<string, string | undefined> = {
      "@supabase/supabase-js": json("package.json").devDependencies?.["@supabase/supabase-js"],
      "@vidops/core": String(json("packages/core/package.json").version),
      "@vidops/sdk": String(json("packages/sdk/package.json").version),
    };
    const expected = imported.sort().map((specifier = "") => {
      const [scope, packageName, ...below] = specifier.split("/");
      const owner = `${scope}/${packageName}`;
      return [specifier, `npm:${[`${owner}@${versions[owner]}`, ...below].join("/")}`];
    });
    expect(json(`supabase/functions/${name}/deno.json`).imports).toEqual(Object.fromEntries(expected));
  });
});
