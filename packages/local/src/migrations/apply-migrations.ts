import { readFile } from "node:fs/promises";
import { basename } from "node:path";
import type { Sql } from "postgres";
import { LocalError, LocalErrorCode } from "../errors/local-error.ts";
import { compareVersions, listMigrations, type MigrationFile } from "./migration-files.ts";
import { runSqlFile } from "./run-sql-file.ts";
import { splitStatements } from "./split-statements.ts";

/** What applying migrations did. */
export interface AppliedMigrations {
  readonly applied: readonly MigrationFile[];
  /** The newest version the database now has; null when it has none. */
  readonly newest: string | null;
}

/**
 * Applies the migrations a database does not have yet, oldest first, each in a transaction of its own, and
 * records them as the Supabase CLI does.
 *
 * @param sql one connection (max: 1) as role postgres.
 * @throws LocalError `migration_failed` naming file and line (earlier files stay applied), or
 *   `migration_out_of_order`.
 */
export async function applyMigrations(
  sql: Sql,
  folder: string | null,
  onProgress: (message: string) => void = () => {},
): Promise<AppliedMigrations> {
  const files = listMigrations(folder);
  const recorded = await sql<{ version: string; statements: string[] | null }[]>`
    select version, statements from supabase_migrations.schema_migrations`;
  const known = new Map(recorded.map((row) => [row.version, row.statements]));
  const newest = [...known.keys()].sort(compareVersions).at(-1) ?? null;
  const pending = files.filter((file) => !known.has(file.version));
  const late = pending.filter((file) => newest !== null && compareVersions(file.version, newest) < 0);
  if (late.length > 0) {
    throw new LocalError(
      LocalErrorCode.MigrationOutOfOrder,
      `${late.map((file) => basename(file.path)).join(", ")}: not applied yet, but older than ${newest}, which is`,
      "give the file a later timestamp, or start anew with `vidops local reset`",
    );
  }
  await warnOfEdits(files, known, onProgress);
  for (const file of pending) {
    const source = await readFile(file.path, "utf8");
    await runSqlFile(
      sql,
      { path: file.path, source, code: LocalErrorCode.MigrationFailed },
      (transaction, statements) =>
        transaction`
        insert into supabase_migrations.schema_migrations (version, name, statements)
        values (${file.version}, ${file.name}, ${statements.map((statement) => statement.text)})`,
    );
    onProgress(`applied ${basename(file.path)}`);
  }
  return { applied: pending, newest: pending.at(-1)?.version ?? newest };
}

async function warnOfEdits(
  files: readonly MigrationFile[],
  known: ReadonlyMap<string, string[] | null>,
  onProgress: (message: string) => void,
): Promise<void> {
  for (const file of files) {
    const recorded = known.get(file.version);
    if (recorded === undefined || recorded === null) continue;
    const statements = splitStatements(await readFile(file.path, "utf8")).map((statement) => statement.text);
    if (statements.join("\0") === recorded.join("\0")) continue;
    onProgress(
      `${basename(file.path)} was edited after it was applied; \`vidops local reset\` applies it anew`,
    );
  }
}
