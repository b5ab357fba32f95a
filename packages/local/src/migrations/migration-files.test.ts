import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { findMigrationsFolder, listMigrations } from "./migration-files.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "vidops-migrations-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

describe("listMigrations", () => {
  it("orders by version as a number and passes other files over", () => {
    for (const name of ["20_b.sql", "3_a.sql", "readme.md", "x_y.sql", "20_b.sql.bak"])
      writeFileSync(join(folder, name), "");
    expect(listMigrations(folder).map((file) => [file.version, file.name])).toEqual([
      ["3", "a"],
      ["20", "b"],
    ]);
  });

  it("refuses two files of one version", () => {
    writeFileSync(join(folder, "1_a.sql"), "");
    writeFileSync(join(folder, "01_b.sql"), "");
    expect(() => listMigrations(folder)).toThrow(/two migrations bear the version/);
  });
});

describe("findMigrationsFolder", () => {
  it("takes the nearest supabase/migrations upwards", () => {
    const migrations = join(folder, "supabase", "migrations");
    const deep = join(folder, "packages", "app");
    mkdirSync(migrations, { recursive: true });
    mkdirSync(deep, { recursive: true });
    expect(findMigrationsFolder(undefined, deep)).toBe(migrations);
  });

  it("refuses a given folder that does not exist", () => {
    expect(() => findMigrationsFolder("nowhere", folder)).toThrow(/there is no migrations folder/);
  });
});
