import type { Database } from "@vidops/core/database";
import { isVidopsError, type VidopsError } from "@vidops/core/errors";
import { doctorReport } from "@vidops/core/maintenance";
import { findUser } from "@vidops/core/users";
import { CommandError } from "../../command-error.ts";
import type { CommandSession } from "../../command-session.ts";
import { openDatabase, planConnection } from "../../connection.ts";
import { loginPath } from "../../login/login-record.ts";
import { readTokens } from "../../login/login-store.ts";
import type { LoginState, ServerAnswer, WhoamiReport } from "./whoami.view.ts";

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
    const server = await askServer(session, plan);
    return { configuration, problem: null, server, login: await loginState(session) };
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    // Missing settings are what this command is there to show; contradicting ones are a problem.
    const problem =
      configuration.problem ??
      (error.reason === "missing_setting" || error.reason === "no_key" ? null : error);
    const server = { ...notAsked, detail: error.message };
    return { configuration, problem, server, login: await loginState(session) };
  }
}

async function askServer(
  session: CommandSession,
  plan: ReturnType<typeof planConnection>,
): Promise<ServerAnswer> {
  let db: Database;
  try {
    db = await openDatabase(session, { ...plan, timeoutSeconds: Math.min(plan.timeoutSeconds, 5) });
  } catch (error) {
    // A login that has ended, or cannot be read or renewed now, is an answer too.
    if (error instanceof CommandError && error.code === "CLI_NOT_ALLOWED")
      return { ...notAsked, status: "refused", detail: withHint(error) };
    if (isVidopsError(error) && error.retryable)
      return { ...notAsked, status: "unreachable", detail: error.message };
    throw error;
  }
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
  return { ...known, status: statusOf(report.reason), role: null, detail: withHint(report.reason) };
}

/** The login as it is kept, after what a refresh made of it. */
async function loginState(session: CommandSession): Promise<LoginState | null> {
  const { login } = session.configuration();
  if (login === null) return null;
  const tokens = await readTokens(session.context, login).catch(() => null);
  return {
    record: login,
    path: login.place === "file" ? loginPath(session.context, login.url) : null,
    tokenExpiresAt: tokens === null ? null : new Date(tokens.expiresAt * 1000).toISOString(),
  };
}

/** What the server says, and the way out. */
function withHint({ message, hint }: CommandError | VidopsError): string {
  return hint === null ? message : `${message} ${hint}`;
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
