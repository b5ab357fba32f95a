import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Sql } from "postgres";
import { LocalError, LocalErrorCode } from "../errors/local-error.ts";
import { runSqlFile } from "../migrations/run-sql-file.ts";

/**
 * Loads supabase/seed.sql, which lies beside the migrations folder, into a database that has no users yet.
 *
 * @param sql one connection (max: 1) as role postgres.
 * @returns whether it was loaded.
 * @throws LocalError `seed_failed` when the file is missing or fails, naming its line.
 */
export async function loadDemoData(
  sql: Sql,
  migrationsFolder: string | null,
  onProgress: (message: string) => void = () => {},
): Promise<boolean> {
  const path = join(migrationsFolder === null ? "supabase" : dirname(migrationsFolder), "seed.sql");
  if (!existsSync(path))
    throw new LocalError(LocalErrorCode.SeedFailed, `there is no demo data: ${path} does not exist`);
  const [table] = await sql`select to_regclass('public.users') is not null as "exists"`;
  const [any] = await sql`select exists (select from auth.users) as "exists"`;
  const [profile] = table?.exists ? await sql`select exists (select from public.users) as "exists"` : [];
  if (any?.exists === true || profile?.exists === true) {
    onProgress("demo data passed over: the database has users already (`vidops local reset` empties it)");
    return false;
  }
  const source = await readFile(path, "utf8");
  await runSqlFile(sql, { path, source, code: LocalErrorCode.SeedFailed });
  await sql.unsafe("reset all");
  onProgress("loaded the demo data");
  return true;
}
