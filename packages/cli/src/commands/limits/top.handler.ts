import { type TopRateLimits, topRateLimits } from "@vidops/core/rate-limit";
import type { CommandSession } from "../../command-session.ts";
import { openDatabase, planConnection } from "../../connection.ts";
import type { TopInput } from "./top-input.ts";

/** Counts who was refused. */
export async function topLimits(
  { by, action, since, until, limit }: TopInput,
  session: CommandSession,
): Promise<TopRateLimits> {
  const db = await openDatabase(session, planConnection(session, "person"));
  return topRateLimits(db, { by, action, since, until, limit });
}
