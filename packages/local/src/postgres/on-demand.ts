import postgres, { type Sql } from "postgres";

/** A database that is connected to when it is first asked. */
export interface OnDemand {
  sql(): Sql;
  close(): Promise<void>;
}

/**
 * Opens nothing yet: a service that nobody asks keeps no connection.
 *
 * @param max how many connections at most; each closes after half a minute without work.
 */
export function connectOnDemand(url: string, max: number): OnDemand {
  let opened: Sql | null = null;
  return {
    sql: () => {
      opened ??= postgres(url, {
        max,
        idle_timeout: 30,
        onnotice: () => {},
        connection: { application_name: "vidops-local" },
      });
      return opened;
    },
    close: async () => {
      await opened?.end({ timeout: 1 });
    },
  };
}
