import { auditCredits } from "@vidops/core/credits";
import { VidopsError } from "@vidops/core/errors";
import { findUser } from "@vidops/core/users";
import type { CommandSession } from "../../command-session.ts";
import { openDatabase, planConnection } from "../../connection.ts";
import type { CreditsReport } from "./show.view.ts";

/** Reads a user and the proof of the user's ledger; two reads. */
export async function showCredits(reference: string, session: CommandSession): Promise<CreditsReport> {
  const db = await openDatabase(session, planConnection(session, "person"));
  const user = await findUser(db, reference);
  const { user: proof, freeVideos, freeVideosCount } = await auditCredits(db, { userId: user.id });
  if (proof === null) {
    throw new VidopsError({
      code: "ERR_6004",
      reason: "unreadable_answer",
      message: "The database gave no proof for this user.",
      hint: "Run `vidops doctor`.",
    });
  }
  return { user, proof, freeVideos, freeVideosCount };
}
