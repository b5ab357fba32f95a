import { listStuckJobs, type StuckJobPage } from "@vidops/core/jobs";
import type { CommandSession } from "../../command-session.ts";
import { openDatabase, planConnection } from "../../connection.ts";
import type { StuckInput } from "./stuck-input.ts";

/** One page of what hangs; nobody is asked about it. */
export async function stuckJobs(input: StuckInput, session: CommandSession): Promise<StuckJobPage> {
  const { olderThanSeconds, provider, limit, cursor } = input;
  const db = await openDatabase(session, planConnection(session, "person"));
  return listStuckJobs(db, { olderThanSeconds, provider, limit, cursor });
}
