import { listRateLimitLog, type RateLimitLogPage } from "@vidops/core/rate-limit";
import type { CommandSession } from "../../command-session.ts";
import { openDatabase, planConnection } from "../../connection.ts";
import { userIdOf } from "../credits/user-reference.ts";
import type { LogInput } from "./log-input.ts";

/** One page of the log; a user who does not exist by that email is an error rather than an empty list. */
export async function listLog(
  { reference, action, allowed, since, until, limit, cursor }: LogInput,
  session: CommandSession,
): Promise<RateLimitLogPage> {
  const db = await openDatabase(session, planConnection(session, "person"));
  return listRateLimitLog(db, {
    ip: reference?.per === "ip" ? reference.bucket : null,
    userId: reference?.per === "user" ? await userIdOf(db, reference.user) : null,
    ...{ action, allowed, since, until, limit, cursor },
  });
}
