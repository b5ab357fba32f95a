import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { LocalError } from "../errors/local-error.ts";
import { openSql } from "../postgres/hosted-database.ts";
import { createEmptyDatabase, type TestDatabase } from "../testing/index.ts";
import { applyMigrations } from "./apply-migrations.ts";

let folder: string;
let database: TestDatabase;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "vidops-apply-"));
  database = await createEmptyDatabase();
});
afterEach(async () => {
  await database[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true });
});

async function apply(): Promise<{ versions: string[]; said: string[] }> {
  const sql = openSql(database.dbUrl);
  const said: string[] = [];
  try {
    const { applied } = await applyMigrations(sql, folder, (message) => said.push(message));
    return { versions: applied.map((file) => file.version), said };
  } finally {
    await sql.end();
  }
}

async function failure(): Promise<LocalError> {
  const error = await apply().catch((cause: unknown) => cause);
  expect(error).toBeInstanceOf(LocalError);
  return error as LocalError;
}

const write = (name: string, text: string): void => writeFileSync(join(folder, name), text);

describe("applyMigrations", () => {
  it("applies in order, records as the Supabase CLI does, and applies only what is new", async () => {
    write("1_first.sql", "create table one (id int);\ninsert into one values (1);");
    expect((await apply()).versions).toEqual(["1"]);
    write("2_second.sql", "alter table one add column name text;");
    expect((await apply()).versions).toEqual(["2"]);
    expect((await apply()).versions).toEqual([]);
    expect(await database.sql`select * from one`).toEqual([{ id: 1, name: null }]);
    expect(
      await database.sql`select version, name, statements from supabase_migrations.schema_migrations order by 1`,
    ).toEqual([
      {
        version: "1",
        name: "first",
        statements: ["create table one (id int)", "insert into one values (1)"],
      },
      { version: "2", name: "second", statements: ["alter table one add column name text"] },
    ]);
  });

  it("names file, line and column of a failure, leaves nothing of that file and all of the earlier ones", async () => {
    write("1_good.sql", "create table kept (id int);");
    write(
      "2_bad.sql",
      "-- 😀 a head\ncreate table gone (id int);\n\nselect 1,\n  missing_column from kept;\n",
    );
    const error = await failure();
    expect(error.code).toBe("migration_failed");
    expect(error.message).toMatch(/2_bad\.sql:5:3: column "missing_column" does not exist \(42703\)/);
    expect(error.message).toContain("5 |   missing_column from kept;");
    const [state] =
      await database.sql`select to_regclass('kept') is not null as kept, to_regclass('gone') as gone`;
    expect(state).toEqual({ kept: true, gone: null });
    expect(await database.sql`select version from supabase_migrations.schema_migrations`).toEqual([
      { version: "1" },
    ]);
  });

  it("names the statement's line when Postgres gives no position", async () => {
    write(
      "1_bad.sql",
      "create table t (id int unique);\ninsert into t values (1);\n\n-- again\ninsert into t values (1);",
    );
    expect((await failure()).message).toMatch(/1_bad\.sql:5:1: duplicate key .*\(23505\)/);
  });

  it("refuses a file that is older than what is applied", async () => {
    write("5_later.sql", "select 1");
    await apply();
    write("3_late.sql", "create table late (id int)");
    const error = await failure();
    expect(error.code).toBe("migration_out_of_order");
    expect(error.message).toContain("3_late.sql");
    expect(await database.sql`select to_regclass('late') as late`).toEqual([{ late: null }]);
  });

  it("refuses a file that commits its own transaction, and keeps nothing of it", async () => {
    write("1_commit.sql", "create table half (id int);\ncommit;\nselect 1/0;");
    expect((await failure()).message).toMatch(/1_commit\.sql:2:1: .*cannot control it/);
    expect(await database.sql`select to_regclass('half') as half`).toEqual([{ half: null }]);
  });

  it("says that a file was edited after it was applied", async () => {
    write("1_a.sql", "select 1");
    await apply();
    write("1_a.sql", "select 2");
    expect((await apply()).said).toEqual([
      expect.stringContaining("1_a.sql was edited after it was applied"),
    ]);
  });

  it("runs as role postgres, without a setting of the file before", async () => {
    write("1_path.sql", "set search_path = auth; set statement_timeout = 54321;");
    write(
      "2_who.sql",
      "create table who as select current_user::text as me, current_setting('search_path') as path, current_setting('statement_timeout') <> '54321ms' as reset;",
    );
    await apply();
    expect(await database.sql`select * from public.who`).toEqual([
      { me: "postgres", path: '"$user", public, extensions', reset: true },
    ]);
  });
});
