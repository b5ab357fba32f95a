import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { findDifferences } from "../scripts/generate/differences.ts";

let root = "";
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), "vidops-generated-"));
  mkdirSync(join(root, "schema/tables"), { recursive: true });
  writeFileSync(join(root, "schema/tables/users.sql"), "a\n");
  writeFileSync(join(root, "schema/tables/jobs.sql"), "b\r\n");
  writeFileSync(join(root, "schema/tables/gone.sql"), "c\n");
});
afterAll(() => rmSync(root, { recursive: true }));

describe("comparing generated files", () => {
  const upToDate = new Map([
    ["schema/tables/users.sql", "a\n"],
    ["schema/tables/jobs.sql", "b\n"],
    ["schema/tables/gone.sql", "c\n"],
  ]);

  it("finds nothing when all is as generated, Windows line ends included", () => {
    expect(findDifferences(root, upToDate, ["schema/**/*.sql"])).toEqual([]);
  });

  it("finds what differs, what is missing, and what is no longer generated", () => {
    const files = new Map([
      ["schema/tables/users.sql", "changed\n"],
      ["schema/tables/jobs.sql", "b\n"],
      ["schema/tables/new.sql", "d\n"],
    ]);
    expect(findDifferences(root, files, ["schema/**/*.sql"])).toEqual([
      { path: "schema/tables/gone.sql", why: "no longer generated" },
      { path: "schema/tables/new.sql", why: "missing" },
      { path: "schema/tables/users.sql", why: "differs" },
    ]);
  });
});
