/** Where a Postgres database is, and as whom to enter it. */
export interface ConnectionTarget {
  readonly port: number;
  readonly user: string;
  readonly password: string;
  readonly database?: string;
}

/**
 * The URL that psql, postgres.js and PostgREST take.
 *
 * @example connectionUrl({ port: 54322, user: "postgres", password: "p w" }); // postgresql://postgres:p%20w@127.0.0.1:54322/postgres
 */
export function connectionUrl({ port, user, password, database = "postgres" }: ConnectionTarget): string {
  return `postgresql://${user}:${encodeURIComponent(password)}@127.0.0.1:${port}/${encodeURIComponent(database)}`;
}
