import { beforeEach } from "vitest";
import { type MoneyFixture, moneyFixture } from "./money-fixture.ts";

/** One row of the error log, as an app's server stores it. */
export interface LoggedRow {
  readonly code: string;
  readonly endpoint?: string;
  readonly userId?: string | null;
  readonly requestId?: string | null;
  readonly language?: string | null;
  readonly details?: Record<string, unknown>;
  readonly requestData?: Record<string, unknown>;
  /** How long ago; now unless given. */
  readonly secondsAgo?: number;
}

export interface ErrorFixture extends MoneyFixture {
  /** Stores errors; returns their ids. */
  log(...rows: readonly LoggedRow[]): Promise<string[]>;
}

/** Gives a test file a project whose error log is empty before each test. */
export function errorFixture(): ErrorFixture {
  const money = moneyFixture({ jobs: false });
  beforeEach(async () => {
    await money.stack.sql`truncate error_log, vidops.error_counts`;
  });
  return Object.assign(Object.create(money) as MoneyFixture, {
    log: async (...rows: readonly LoggedRow[]): Promise<string[]> => {
      const ids: string[] = [];
      for (const row of rows) {
        const { sql } = money.stack;
        const [stored] = await sql`
          insert into error_log (error_code, endpoint, user_id, request_id, language, status, request_data, error_details, created_at)
          values (${row.code}, ${row.endpoint ?? "POST /generate"}, ${row.userId ?? null}, ${row.requestId ?? null},
            ${row.language ?? null}, 500, ${sql.json((row.requestData ?? null) as never)},
            ${sql.json((row.details ?? null) as never)}, now() - make_interval(secs => ${row.secondsAgo ?? 0}))
          returning id::text`;
        ids.push(String(stored?.id));
      }
      return ids;
    },
  });
}
