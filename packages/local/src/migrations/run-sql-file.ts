import { relative } from "node:path";
import type { Sql } from "postgres";
import { LocalError, type LocalErrorCode } from "../errors/local-error.ts";
import { characterOffset, positionAt } from "./source-position.ts";
import { type SqlStatement, splitStatements } from "./split-statements.ts";

const transactionControl = /^(begin|start\s+transaction|commit|end|rollback|abort|savepoint|release)\b/i;

/**
 * Runs an SQL file in one transaction, statement by statement, so that a failure can name its line.
 *
 * @param afterwards runs in the same transaction, with the file's statements.
 * @throws LocalError with `code`, naming file, line and column, and showing the line.
 */
export async function runSqlFile(
  sql: Sql,
  file: { readonly path: string; readonly source: string; readonly code: LocalErrorCode },
  afterwards: (transaction: Sql, statements: readonly SqlStatement[]) => Promise<unknown> = async () => {},
): Promise<void> {
  const statements = splitStatements(file.source);
  // What the file before set for its session must not reach this one.
  await sql.unsafe("reset all");
  await sql.begin(async (transaction) => {
    for (const statement of statements) {
      const firstWords = file.source.slice(statement.firstWord, statement.offset + statement.text.length);
      if (transactionControl.test(firstWords)) {
        throw failure(file, statement, {
          message: "a migration runs in a transaction of its own and cannot control it",
        });
      }
      await transaction.unsafe(statement.text).catch((error: DatabaseFailure) => {
        throw failure(file, statement, error);
      });
    }
    await afterwards(transaction as unknown as Sql, statements);
  });
}

interface DatabaseFailure {
  readonly message: string;
  readonly code?: string;
  readonly position?: string;
  readonly detail?: string;
  readonly hint?: string;
  readonly where?: string;
}

function failure(
  file: { readonly path: string; readonly source: string; readonly code: LocalErrorCode },
  statement: SqlStatement,
  error: DatabaseFailure,
): LocalError {
  const position = Number(error.position);
  const offset =
    position > 0 ? statement.offset + characterOffset(statement.text, position) : statement.firstWord;
  const { line, column, text } = positionAt(file.source, offset);
  const path = relative(process.cwd(), file.path);
  const name = path.startsWith("..") ? file.path : path;
  const details = [error.detail, error.where, error.hint].filter((each) => each !== undefined && each !== "");
  const message = [
    `${name}:${line}:${column}: ${error.message}${error.code === undefined ? "" : ` (${error.code})`}`,
    `  ${line} | ${text}`,
    ...details.map((each) => `  ${each}`),
  ].join("\n");
  return new LocalError(
    file.code,
    message,
    `mend ${name} and start again; what came before it is applied`,
    error,
  );
}
