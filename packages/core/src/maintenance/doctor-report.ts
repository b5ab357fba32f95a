import * as z from "zod/mini";
import { type DatabaseClient, rpc } from "../database/index.ts";

/** Something the database found wrong with itself. */
export interface DoctorFinding {
  /** Machine name of the kind of finding. */
  kind: string;
  /** What it is about, e.g. a table or a user. */
  object: string;
  detail: string;
  /** How to mend it. */
  fix: string;
}

/** What the database says of itself. */
export interface DoctorReport {
  /** The timestamp of the last migration, 14 digits; compare with `requiredSchemaVersion`. */
  schemaVersion: string;
  /** The database's clock, ISO 8601 UTC. */
  serverTime: string;
  /** The database role this client acts as. */
  role: string;
  postgresVersion: string;
  findings: DoctorFinding[];
  /** Functions and policies of an older schema that the migrations replaced. */
  replacedObjects: number;
  /** How many users are admins. */
  admins: number;
  /** How many jobs have been pending or processing for more than an hour; 1000 are that many or more. */
  stuckJobs: number;
}

const text = z._default(z.nullable(z.string()), null);
const answer = z.object({
  success: z.literal(true),
  schema_version: text,
  server_time: z.string(),
  role: text,
  postgres_version: z.union([z.string(), z.number()]),
  findings: z._default(
    z.nullable(z.array(z.object({ kind: z.string(), object: text, detail: text, fix: text }))),
    null,
  ),
  replaced_objects: z._default(z.nullable(z.int()), null),
  admins: z._default(z.nullable(z.int()), null),
  stuck_jobs: z._default(z.nullable(z.int()), null),
});

/**
 * Lets the database examine itself: schema version, grants that should not be there, clock.
 *
 * @param db a client of an admin or with a secret key
 * @param options a signal
 * @returns the findings; none when all is well
 * @throws VidopsError ERR_6004 when the database has no vidops schema · ERR_4006 forbidden
 * @example
 * ```ts
 * for (const { object, detail, fix } of (await doctorReport(db)).findings) console.log(object, detail, fix);
 * ```
 */
export async function doctorReport(
  db: DatabaseClient,
  options: { signal?: AbortSignal | undefined } = {},
): Promise<DoctorReport> {
  const result = await rpc(db, "doctor_report", {}, answer, { effect: "read", signal: options.signal });
  return {
    schemaVersion: result.schema_version ?? "",
    serverTime: new Date(result.server_time).toISOString(),
    role: result.role ?? "",
    postgresVersion: String(result.postgres_version),
    findings: (result.findings ?? []).map(({ kind, object, detail, fix }) => ({
      kind,
      object: object ?? "",
      detail: detail ?? "",
      fix: fix ?? "",
    })),
    replacedObjects: result.replaced_objects ?? 0,
    admins: result.admins ?? 0,
    stuckJobs: result.stuck_jobs ?? 0,
  };
}
