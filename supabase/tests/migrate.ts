import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { createEmptyDatabase } from "@vidops/local/testing";

type Sql = Awaited<ReturnType<typeof createEmptyDatabase>>["sql"];

const folder = fileURLToPath(new URL("../migrations/", import.meta.url));

/** The names of all migrations, oldest first. */
export const migrationFiles: readonly string[] = readdirSync(folder).sort();

/** Applies all migrations, each in a transaction of its own; also those that were applied before. */
export async function migrate(sql: Sql): Promise<void> {
  await apply(sql, migrationFiles);
}

/** Applies the migrations that are older than a version (14 digits). */
export async function migrateUntil(sql: Sql, version: string): Promise<void> {
  await apply(
    sql,
    migrationFiles.filter((file) => file < version),
  );
}

/** Applies the migrations from a version on (14 digits). */
export async function migrateFrom(sql: Sql, version: string): Promise<void> {
  await apply(
    sql,
    migrationFiles.filter((file) => file >= version),
  );
}

async function apply(sql: Sql, files: readonly string[]): Promise<void> {
  for (const file of files) {
    await sql.begin((transaction) => transaction.unsafe(readFileSync(folder + file, "utf8")));
  }
}
