import { isVidopsError, type VidopsError } from "@vidops/core/errors";
import { doctorReport } from "@vidops/core/maintenance";
import { findUser } from "@vidops/core/users";
import { CommandError } from "../../command-error.ts";
import type { CommandSession } from "../../command-session.ts";
import { openDatabase, planConnection } from "../../connection.ts";
import type { ServerAnswer, WhoamiReport } from "./whoami.view.ts";

const notAsked: ServerAnswer = {
  status: "not asked",
  role: null,
  adminIsAdmin: null,
  adminEmail: null,
  detail: null,
};

/** Resolves the settings, and asks the project where that is possible. */
export async function whoami(session: CommandSession): Promise<WhoamiReport> {
  const configuration = session.configuration();
  try {
    const plan = planConnection(session, "person");
    return { configuration, problem: null, server: await askServer(session, plan) };
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    // Missing settings are what this command is there to show; contradicting ones are a problem.
    const problem =
      configuration.problem ??
      (error.reason === "missing_setting" || error.reason === "no_key" ? null : error);
    return { configuration, problem, server: { ...notAsked, detail: error.message } };
  }
}

async function askServer(
  session: CommandSession,
  plan: ReturnType<typeof planConnection>,
): Promise<ServerAnswer> {
  const db = await openDatabase(session, { ...plan, timeoutSeconds: Math.min(plan.timeoutSeconds, 5) });
  const { admin } = session.configuration();
  const wanted = plan.accessToken ? null : admin;
  const [report, user] = await Promise.allSettled([
    doctorReport(db),
    wanted ? findUser(db, wanted.value) : null,
  ]);
  const found = user.status === "fulfilled" ? user.value : null;
  const known = {
    adminIsAdmin: found
      ? found.isAdmin
      : wanted && user.status === "rejected" && isNotFound(user.reason)
        ? false
        : null,
    adminEmail: found?.email ?? null,
  };
  if (report.status === "fulfilled")
    return { ...known, status: "accepted", role: report.value.role, detail: null };
  if (!isVidopsError(report.reason)) throw report.reason;
  return { ...known, status: statusOf(report.reason), role: null, detail: report.reason.message };
}

function statusOf(error: VidopsError): ServerAnswer["status"] {
  return error.code === "ERR_4005" || error.code === "ERR_4006"
    ? "refused"
    : error.code === "ERR_6004"
      ? "accepted"
      : "unreachable";
}

function isNotFound(error: unknown): boolean {
  return isVidopsError(error) && error.code === "ERR_4007";
}
