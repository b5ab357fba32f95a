import { auditAllCredits } from "@vidops/core/credits";
import { type Database, requiredSchemaVersion } from "@vidops/core/database";
import { isVidopsError } from "@vidops/core/errors";
import { type DoctorReport, doctorReport } from "@vidops/core/maintenance";
import { findUser } from "@vidops/core/users";
import { CommandError } from "../../command-error.ts";
import type { CommandSession } from "../../command-session.ts";
import { describeKey } from "../../config/project-key.ts";
import { type ConnectionPlan, openDatabase, planConnection } from "../../connection.ts";
import { type Check, fail, ok, skipped, warn } from "./check.ts";
import { type ClockSample, checkClock, checkGrants, checkJobs, checkSchema } from "./database-checks.ts";
import type { Examination } from "./doctor.view.ts";

/** Makes all checks, the later ones also when an earlier one failed, as far as they can be made. */
export async function examine(session: CommandSession): Promise<Examination> {
  const samples: ClockSample[] = [];
  const { now } = session.context;
  let sentAt = now();
  let plan: ConnectionPlan;
  let db: Database;
  try {
    plan = planConnection(session, "service");
    db = await openDatabase(session, plan, (response) => {
      const date = Date.parse(response.headers.get("date") ?? "");
      if (!Number.isNaN(date))
        samples.push({ sentAt, receivedAt: now(), server: new Date(date), precisionMs: 1000 });
    });
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    const name = error.code === "CLI_NOT_ALLOWED" ? "key" : "settings";
    const rest = (["url", "clock", "schema", "grants", "ledger", "admins", "jobs"] as const).map((check) =>
      skipped(check, "needs the project"),
    );
    return {
      project: session.configuration().url?.value ?? null,
      checks: [fail(name, error.message, ...hintOf(error)), ...rest],
    };
  }
  sentAt = now();
  const asked = await doctorReport(db).then(
    (report) => ({ report, error: null }),
    (error: unknown) => ({ report: null, error }),
  );
  const receivedAt = now();
  if (asked.report)
    samples.unshift({ sentAt, receivedAt, server: new Date(asked.report.serverTime), precisionMs: 0 });

  const connection = checkConnection(plan, asked.error, receivedAt.getTime() - sentAt.getTime());
  const reached = connection.every((check) => check.name !== "url" || check.status !== "fail");
  const { report } = asked;
  return {
    project: plan.project,
    checks: [
      ok("settings", `${plan.project}, from ${plan.url.source}`),
      ...connection,
      samples[0] ? checkClock(samples[0]) : skipped("clock", "the server told no time"),
      report ? checkSchema(report.schemaVersion, requiredSchemaVersion) : checkMissingSchema(asked.error),
      report ? checkGrants(report) : skipped("grants", "the database gave no report"),
      reached ? await checkLedger(db, session) : skipped("ledger", "the project cannot be reached"),
      report ? checkAdmins(report) : skipped("admins", "the database gave no report"),
      report ? checkJobs(report) : skipped("jobs", "the database gave no report"),
      ...(reached ? [await checkActingAdmin(db, session)] : []),
    ],
  };
}

function checkConnection(plan: ConnectionPlan, error: unknown, elapsedMs: number): Check[] {
  const { kind, masked } = describeKey(plan.key.value);
  const token = plan.accessToken;
  const key = token
    ? token.value === null
      ? token.source
      : `access token ${describeKey(token.value).masked} of ${token.source}`
    : `${kind} key ${masked} of ${plan.key.source}`;
  const answered = ok("url", `${plan.url.value} answered in ${elapsedMs} ms`);
  if (error === null) return [answered, ok("key", key)];
  if (!isVidopsError(error)) return [fail("url", error instanceof Error ? error.message : String(error))];
  switch (error.code) {
    case "ERR_4005":
    case "ERR_4006":
      return [answered, fail("key", `${key}: ${error.message}`, ...hintOf(error))];
    case "ERR_6004":
      return [answered, ok("key", key)];
    case "ERR_6007":
      return [fail("url", error.message, ...hintOf(error)), skipped("key", "needs a project to ask")];
    default:
      return [
        fail("url", `${plan.url.value}: ${error.message}`, ...hintOf(error)),
        skipped("key", "the project did not answer"),
      ];
  }
}

function checkMissingSchema(error: unknown): Check {
  if (isVidopsError(error) && error.code === "ERR_6004")
    return fail(
      "schema",
      error.message,
      "Apply the migrations: npx supabase db push (or psql -f, in order).",
    );
  return skipped("schema", "the database gave no report");
}

async function checkLedger(db: Database, session: CommandSession): Promise<Check> {
  const progress = session.progress();
  try {
    const audit = await auditAllCredits(db, {
      onProgress: ({ usersChecked }) => progress.update(`ledger: ${usersChecked} users checked`),
    });
    if (audit.usersDrifted > 0) {
      return fail(
        "ledger",
        `${audit.usersDrifted} of ${audit.usersChecked} users drift`,
        "See which: vidops credits audit",
        "Something wrote credits past the ledger; find it before mending the balances.",
      );
    }
    if (audit.freeVideosCount > 0) {
      return warn(
        "ledger",
        `adds up for ${audit.usersChecked} users; ${audit.freeVideosCount} jobs completed after a refund`,
        "See which: vidops credits audit",
      );
    }
    return ok("ledger", `adds up for all ${audit.usersChecked} users`);
  } catch (error) {
    if (!isVidopsError(error)) throw error;
    return skipped("ledger", error.message);
  } finally {
    progress.end();
  }
}

function checkAdmins({ admins }: DoctorReport): Check {
  if (admins > 0) return ok("admins", admins === 1 ? "1 admin" : `${admins} admins`);
  return warn(
    "admins",
    "no user is an admin, so nobody can refund",
    "In the SQL editor: update public.users set is_admin = true where email = 'you@example.com';",
  );
}

async function checkActingAdmin(db: Database, session: CommandSession): Promise<Check> {
  const { admin, accessToken, login } = session.configuration();
  if (accessToken ?? login) return ok("acting admin", "the signed-in user");
  if (!admin)
    return warn(
      "acting admin",
      "not set; a refund with a secret key needs one",
      "Set VIDOPS_ADMIN to your id or email.",
    );
  try {
    const user = await findUser(db, admin.value);
    if (user.isAdmin) return ok("acting admin", `${user.email ?? user.id}, from ${admin.source}`);
    return fail(
      "acting admin",
      `${user.email ?? user.id} of ${admin.source} is not an admin`,
      "Name a user whose is_admin is true.",
    );
  } catch (error) {
    if (!isVidopsError(error)) throw error;
    if (error.code === "ERR_4007" || error.code === "ERR_4008" || error.code === "ERR_4009") {
      return fail("acting admin", `${admin.source} says ${admin.value}: ${error.message}`, ...hintOf(error));
    }
    return skipped("acting admin", error.message);
  }
}

function hintOf(error: { readonly hint: string | null }): string[] {
  return error.hint === null ? [] : [error.hint];
}
