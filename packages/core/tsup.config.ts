import { readFile } from "node:fs/promises";
import { defineConfig, type Options } from "tsup";
import manifest from "./package.json" with { type: "json" };

const rooms = Object.keys(manifest.exports)
  .filter((subpath) => !subpath.endsWith(".json"))
  .map((subpath) => subpath.slice("./".length));

/**
 * Says of each schema that making it does nothing else. Without that an app's bundler keeps the schemas of all that it leaves out of a
 * room, and what they take of zod.
 *
 * @see https://github.com/javascript-compiler-hints/compiler-notations-spec/blob/main/pure-notation-spec.md
 */
const pureSchemas: NonNullable<Options["esbuildPlugins"]>[number] = {
  name: "pure-schemas",
  setup: ({ onLoad }) =>
    onLoad({ filter: /\/packages\/core\/src\/.+\.ts$/ }, async ({ path }) => ({
      contents: (await readFile(path, "utf8")).replaceAll(/(?<![\w.])z(?:\.\w+)+\(/g, "/* @__PURE__ */ $&"),
      loader: "ts",
    })),
};

/** One entry for each room; what rooms share becomes a chunk. `tsc -b` writes the declarations beside them. */
export default defineConfig({
  entry: Object.fromEntries(rooms.map((room) => [`${room}/index`, `src/${room}/index.ts`])),
  format: "esm",
  target: "es2022",
  platform: "neutral",
  esbuildPlugins: [pureSchemas],
  splitting: true,
  treeshake: true,
  sourcemap: true,
  clean: false,
  dts: false,
});
