import { defineConfig } from "vitest/config";

/** One project for each cost of test, told by the file's ending (see CONTRIBUTING.md). */
export default defineConfig({
  resolve: { conditions: ["vidops-source"] },
  ssr: { resolve: { conditions: ["vidops-source"] } },
  test: {
    projects: [
      {
        extends: true,
        test: {
          name: "unit",
          include: ["packages/*/src/**/*.test.ts", "tests/**/*.test.ts", "scripts/**/*.test.ts"],
          exclude: ["**/*.{db,cli,edge,runtimes}.test.ts", "**/node_modules/**", "**/dist/**"],
        },
      },
      {
        extends: true,
        test: {
          name: "db",
          include: [
            "packages/*/src/**/*.db.test.ts",
            "tests/**/*.db.test.ts",
            "supabase/tests/**/*.db.test.ts",
            "examples/**/*.db.test.ts",
          ],
          globalSetup: ["packages/local/src/testing/vitest-global-setup.ts"],
          testTimeout: 60_000,
          hookTimeout: 120_000,
        },
      },
      {
        extends: true,
        test: {
          name: "cli",
          include: ["packages/*/src/**/*.cli.test.ts", "tests/**/*.cli.test.ts", "examples/**/*.cli.test.ts"],
          globalSetup: ["packages/local/src/testing/vitest-global-setup.ts"],
          testTimeout: 60_000,
          hookTimeout: 120_000,
        },
      },
      {
        extends: true,
        test: {
          name: "edge",
          include: [
            "packages/*/src/**/*.edge.test.ts",
            "tests/**/*.edge.test.ts",
            "examples/**/*.edge.test.ts",
          ],
          globalSetup: ["packages/local/src/testing/vitest-global-setup.ts"],
          testTimeout: 60_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
});
