import { join } from "node:path";
import { defineConfig } from "vitest/config";

/** `npm run test:runtimes`: apart from `npm test`, because it takes a browser and starts five runtimes. */
export default defineConfig({
  root: join(import.meta.dirname, "../.."),
  test: {
    name: "runtimes",
    include: ["tests/**/*.runtimes.test.ts", "examples/**/*.runtimes.test.ts"],
    testTimeout: 60_000,
    hookTimeout: 120_000,
  },
});
