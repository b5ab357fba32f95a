import { defineConfig } from "tsup";
import manifest from "./package.json" with { type: "json" };

const rooms = Object.keys(manifest.exports)
  .filter((subpath) => !subpath.endsWith(".json"))
  .map((subpath) => subpath.slice("./".length));

/** One entry for each room; what rooms share becomes a chunk. `tsc -b` writes the declarations beside them. */
export default defineConfig({
  entry: Object.fromEntries(rooms.map((room) => [`${room}/index`, `src/${room}/index.ts`])),
  format: "esm",
  target: "es2022",
  platform: "neutral",
  splitting: true,
  treeshake: true,
  sourcemap: true,
  clean: false,
  dts: false,
});
