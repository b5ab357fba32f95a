import { peekRateLimits } from "@vidops/core/rate-limit";
import type { CommandSession } from "../../command-session.ts";
import { openDatabase, planConnection } from "../../connection.ts";
import type { CheckReport } from "./check.view.ts";
import { findSubject, type SubjectReference } from "./subject.ts";

/** Looks how limits stand; an unknown user is an error rather than a user without limits. */
export async function checkLimits(
  reference: SubjectReference,
  action: string,
  session: CommandSession,
): Promise<CheckReport> {
  const db = await openDatabase(session, planConnection(session, "person"));
  const subject = await findSubject(db, reference);
  const limits = await peekRateLimits(db, {
    action,
    ip: subject.per === "ip" ? subject.key : null,
    userId: subject.per === "user" ? subject.key : null,
  });
  return { subject, action, limits };
}
