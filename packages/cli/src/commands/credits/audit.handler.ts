import { auditAllCredits, auditCredits, type CreditAudit } from "@vidops/core/credits";
import type { CommandSession } from "../../command-session.ts";
import { openDatabase, planConnection } from "../../connection.ts";
import { userIdOf } from "./user-reference.ts";

/** Proves one user's ledger, or all of them with progress on stderr. */
export async function audit(user: string | null, session: CommandSession): Promise<CreditAudit> {
  const db = await openDatabase(session, planConnection(session, "person"));
  if (user !== null) return auditCredits(db, { userId: await userIdOf(db, user) });
  const progress = session.progress();
  try {
    return await auditAllCredits(db, {
      onProgress: ({ usersChecked, usersDrifted }) =>
        progress.update(`${usersChecked} users checked, ${usersDrifted} drift`),
    });
  } finally {
    progress.end();
  }
}
