import { defineConfig } from "tsup";

/** `@vidops/core` stays outside: an app that uses both has it once. `tsc -b` writes the declarations. */
export default defineConfig({
  entry: {
    index: "src/index.ts",
    "apple/index": "src/apple/index.ts",
    "server/index": "src/server/index.ts",
  },
  format: "esm",
  target: "es2022",
  platform: "neutral",
  sourcemap: true,
  clean: false,
  dts: false,
});
