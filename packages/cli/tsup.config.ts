import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { basename, dirname, join } from "node:path";
import { defineConfig, type Options } from "tsup";

type PluginBuild = Parameters<NonNullable<Options["esbuildPlugins"]>[number]["setup"]>[0];

const { version } = JSON.parse(readFileSync(new URL("package.json", import.meta.url), "utf8")) as {
  version: string;
};

/** What becomes part of the program, beside @vidops/core. */
const bundled = [
  "commander",
  "@supabase/auth-js",
  "@supabase/postgrest-js",
  "@supabase/storage-js",
  "iceberg-js",
  "zod",
  "tslib",
  "@messageformat/parser",
  "moo",
];

/**
 * Importing a built-in as a module makes Node read every export of it, and so load what hides behind lazy ones
 * (streams behind fs, stdin behind process, diff behind util): milliseconds of
 * every start. Taking the names that are used from `process.getBuiltinModule` does not. The entry file keeps its
 * imports: it must run on a Node that is too old for this function.
 *
 * commander's child_process is for subcommands that are programs of their own. There are none here.
 */
const lazyBuiltins = {
  name: "lazy-builtins",
  setup(build: PluginBuild): void {
    build.onResolve({ filter: /^node:/ }, ({ path, importer }) => {
      if (importer.endsWith("vidops.ts")) return { path, external: true };
      const unused = path === "node:child_process" && /[\\/]commander[\\/]/.test(importer);
      return { path: unused ? "unused" : path, namespace: "builtin" };
    });
    build.onLoad({ filter: /.*/, namespace: "builtin" }, ({ path }) => {
      if (path === "unused") return { contents: "export default {};" };
      const names = Object.keys(process.getBuiltinModule(path) ?? {}).filter((name) =>
        /^[a-zA-Z]\w*$/.test(name),
      );
      // Pure: names that nobody imports are shaken off, unread.
      const lines = names.map((name) => `export const ${name} = /* @__PURE__ */ $pick("${name}");`);
      const head = `const $builtin = process.getBuiltinModule("${path}");\nconst $pick = (name) => $builtin[name];`;
      return { contents: `${head}\nexport default $builtin;\n${lines.join("\n")}` };
    });
  },
};

/** The licences of what is bundled, which ask to be handed on with it. */
function licences(): string {
  const { resolve } = createRequire(import.meta.url);
  return bundled
    .map((name) => {
      let folder = dirname(resolve(name));
      while (!existsSync(join(folder, "package.json")) || basename(folder) !== basename(name))
        folder = dirname(folder);
      const file = readdirSync(folder).find((entry) => /^licen[cs]e/i.test(entry));
      if (file === undefined) throw new Error(`${name} is bundled, but brings no licence file.`);
      return `${name}\n\n${readFileSync(join(folder, file), "utf8").trim()}\n`;
    })
    .join(`\n${"-".repeat(80)}\n\n`);
}

export default defineConfig({
  // The keychain is asked by a program of its own.
  entry: { vidops: "src/vidops.ts", "keychain-process": "src/login/keychain-process.ts" },
  format: "esm",
  target: "node22",
  platform: "node",
  splitting: true,
  removeNodeProtocol: false,
  clean: true,
  dts: false,
  minifySyntax: true,
  // Few files start faster than many: the core, its dependencies and commander are bundled. What is seldom
  // needed stays outside and is imported when it is (prompts, tables, proxies), as does @vidops/local.
  noExternal: [/^@vidops\/core/, ...bundled.map((name) => new RegExp(`^${name}(/|$)`))],
  external: ["@inquirer/prompts", "@napi-rs/keyring", "cli-table3", "open", "undici", "@vidops/local"],
  define: { __VIDOPS_VERSION__: JSON.stringify(version) },
  esbuildPlugins: [lazyBuiltins],
  onSuccess: async () => writeFileSync(new URL("dist/THIRD-PARTY-LICENSES.txt", import.meta.url), licences()),
  esbuildOptions: (options) => {
    options.conditions = ["vidops-source", "import", "module", "node", "default"];
    options.banner = { js: "" };
  },
});
