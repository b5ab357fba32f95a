import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { findBreaches, type Manifest } from "./architecture/check.ts";
import { readSource } from "./architecture/imports.ts";
import { type Breach, packages, type Rule, rules } from "./architecture/rules.ts";

const root = join(import.meta.dirname, "..");

function manifest(folder: string): Manifest {
  return JSON.parse(readFileSync(join(root, folder, "package.json"), "utf8")) as Manifest;
}

const manifests: Record<string, Manifest> = {
  "": manifest(""),
  ...Object.fromEntries(Object.keys(packages).map((name) => [name, manifest(`packages/${name}`)])),
};

const print = ({ from, to, rule }: Breach): string => `${from}${to && ` -> ${to}`}: ${rules[rule]}`;

/** What the rules say of a repository that holds just these files. */
function breachesOf(files: Readonly<Record<string, string>>): Breach[] {
  return findBreaches(
    Object.entries(files).map(([path, source]) => readSource(path, source)),
    manifests,
  );
}

describe("the repository", () => {
  const paths = globSync(
    [
      ...["packages/*/src/**/*.ts", "scripts/**/*.{ts,mjs}", "tests/**/*.ts", "benchmarks/**/*.ts"],
      "supabase/functions/**/*.ts",
    ],
    {
      cwd: root,
    },
  ).map((path) => path.replaceAll("\\", "/"));

  it("keeps every rule of the house", () => {
    const files = paths.sort().map((path) => readSource(path, readFileSync(join(root, path), "utf8")));
    expect(files.length).toBeGreaterThan(20);
    expect(findBreaches(files, manifests).map(print)).toEqual([]);
  });

  it("has a row in the table for every package", () => {
    expect(
      globSync("packages/*", { cwd: root })
        .map((path) => path.slice(9))
        .sort(),
    ).toEqual(Object.keys(packages).sort());
  });
});

/** A breach of each rule: the smallest file that commits it. */
const offences: readonly { rule: Rule; to?: string; path: string; source: string }[] = [
  {
    rule: "package-direction",
    path: "packages/cli/src/a.ts",
    source: `import "@vidops/sdk";`,
    to: "@vidops/sdk",
  },
  {
    rule: "package-direction",
    path: "packages/sdk/src/a.ts",
    source: `await import("vidops");`,
    to: "vidops",
  },
  { rule: "package-direction", path: "packages/core/src/errors/a.ts", source: `import "@vidops/local";` },
  { rule: "lazy-only", path: "packages/cli/src/a.ts", source: `import { startLocal } from "@vidops/local";` },
  { rule: "lazy-only", path: "packages/cli/src/a.ts", source: `export * from "@vidops/local";` },
  { rule: "room-direction", path: "packages/core/src/errors/a.ts", source: `import "../credits/index.ts";` },
  {
    rule: "room-direction",
    path: "packages/core/src/logging/a.ts",
    source: `import type { E } from "../errors/index.ts";`,
  },
  {
    rule: "room-direction",
    path: "packages/core/src/users/a.ts",
    source: `type A = import("../admin/index.ts").A;`,
  },
  { rule: "room-door", path: "packages/core/src/credits/a.ts", source: `import "../database/rpc.ts";` },
  { rule: "room-door", path: "packages/cli/src/a.ts", source: `import "@vidops/core";` },
  { rule: "room-door", path: "packages/cli/src/a.ts", source: `import "@vidops/core/credits/refund";` },
  { rule: "room-unknown", path: "packages/core/src/attic/index.ts", source: "export {};" },
  { rule: "room-unknown", path: "packages/core/src/index.ts", source: "export {};" },
  {
    rule: "leaves-package",
    path: "packages/cli/src/a.ts",
    source: `import "../../core/src/errors/index.ts";`,
  },
  { rule: "ts-ending", path: "packages/cli/src/a.ts", source: `import "./b.js";` },
  { rule: "ts-ending", path: "packages/cli/src/a.ts", source: `export { b } from "./b";` },
  {
    rule: "undeclared-package",
    path: "packages/core/src/errors/a.ts",
    source: `import "undici";`,
    to: "undici",
  },
  {
    rule: "undeclared-package",
    path: "packages/core/src/errors/a.ts",
    source: `import "vitest";`,
    to: "vitest",
  },
  { rule: "portable", path: "packages/core/src/errors/a.ts", source: `import "node:fs";` },
  { rule: "portable", path: "packages/sdk/src/a.ts", source: `import { join } from "path";`, to: "path" },
  { rule: "portable", path: "packages/core/src/errors/a.ts", source: "export const a = process.env.HOME;" },
  { rule: "portable", path: "packages/core/src/errors/a.ts", source: "export const a = globalThis.process;" },
  { rule: "portable", path: "packages/core/src/errors/a.ts", source: "export const a = Buffer.from('a');" },
  {
    rule: "environment",
    path: "packages/cli/src/output/a.ts",
    source: "export const a = process.env.NO_COLOR;",
    to: "process.env",
  },
  { rule: "cycle", path: "packages/cli/src/a.ts", source: `import "./a.ts";` },
  { rule: "empty-name", path: "packages/cli/src/utils/a.ts", source: "export {};" },
  { rule: "empty-name", path: "packages/cli/src/string-helpers.ts", source: "export {};" },
  { rule: "empty-name", path: "packages/cli/src/types.ts", source: "export {};" },
  { rule: "empty-name", path: "packages/cli/src/common.db.test.ts", source: "export {};" },
  { rule: "file-too-long", path: "packages/cli/src/a.ts", source: "export {};\n".repeat(301) },
];

describe("the check itself", () => {
  it.each(offences)("reports $rule: $path with $source", ({ rule, to, path, source }) => {
    const found = breachesOf({ [path]: source });
    expect(found.map((breach) => breach.rule)).toContain(rule);
    expect(found.every((breach) => breach.from.startsWith(path.split("/").slice(0, 4).join("/")))).toBe(true);
    if (to !== undefined) expect(found).toContainEqual({ from: path, to, rule });
  });

  it("has an offence for every rule, so no rule is one that cannot fail", () => {
    expect([...new Set(offences.map((offence) => offence.rule))].sort()).toEqual(Object.keys(rules).sort());
  });

  it("finds a cycle over three files once, and names the way round", () => {
    const found = breachesOf({
      "packages/cli/src/a.ts": `import "./b.ts";`,
      "packages/cli/src/b.ts": `import type { C } from "./c.ts";`,
      "packages/cli/src/c.ts": `export * from "./a.ts";`,
    });
    expect(found.map(print)).toEqual([
      "packages/cli/src/a.ts -> packages/cli/src/b.ts -> packages/cli/src/c.ts -> packages/cli/src/a.ts: imports form no cycle",
    ]);
  });

  it("lets pass what the rules allow", () => {
    const allowed: Record<string, string> = {
      "packages/core/src/credits/a.ts": `import "../database/index.ts"; import "./b.ts"; import "zod/mini";`,
      "packages/core/src/credits/b.ts":
        "export const f = (process: { env: string }) => process.env + { Buffer: 1 }.Buffer;",
      "packages/core/src/credits/a.test.ts": `import "node:fs"; import "vitest";`,
      "packages/core/src/credits/a.db.test.ts": `import "@vidops/local/testing";`,
      "packages/sdk/src/a.ts": `export { refundCredits } from "@vidops/core/credits";`,
      "packages/cli/src/a.ts": `import type { LocalStack } from "@vidops/local"; await import("@vidops/local");`,
      "packages/cli/src/process-context.ts": "export const env = process.env;",
      "packages/cli/src/long.ts": `/** Long because a table reads best in one piece. */\n${"export {};\n".repeat(301)}`,
    };
    expect(breachesOf(allowed).map(print)).toEqual([]);
  });
});
