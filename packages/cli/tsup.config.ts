import { readFileSync } from "node:fs";
import { defineConfig, type Options } from "tsup";

type PluginBuild = Parameters<NonNullable<Options["esbuildPlugins"]>[number]["setup"]>[0];

const { version } = JSON.parse(readFileSync(new URL("package.json", import.meta.url), "utf8")) as {
  version: string;
};

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

export default defineConfig({
  entry: { vidops: "src/vidops.ts" },
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
  noExternal: [/^@vidops\/core/, /^@supabase\/postgrest-js/, /^zod/, "commander", "tslib"],
  external: ["@inquirer/prompts", "cli-table3", "undici", "@vidops/local"],
  define: { __VIDOPS_VERSION__: JSON.stringify(version) },
  esbuildPlugins: [lazyBuiltins],
  esbuildOptions: (options) => {
    options.conditions = ["vidops-source", "import", "module", "node", "default"];
    options.banner = { js: "" };
  },
});
