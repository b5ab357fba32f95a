import { type AdminApproval, getApproval, listApprovals } from "@vidops/core/admin";
import type { DatabaseClient } from "@vidops/core/database";
import type { CommandSession } from "../../command-session.ts";
import { showTime } from "../../output/local-time.ts";
import { lookOf } from "../../output/look.ts";
import { pick } from "../../prompts/pick.ts";
import { approvalWords, statusWords } from "./approval-words.ts";

const newest = 500;

/**
 * Lets somebody search and pick among the newest requests, by any words of their lines; an id finds older ones too.
 * @param undecided offers only what waits.
 * @returns its id.
 * @throws CommandError CLI_INTERRUPTED (exit 130), VidopsError.
 */
export async function pickApproval(
  session: CommandSession,
  db: DatabaseClient,
  undecided: boolean,
): Promise<string> {
  const { zone } = lookOf(session, "stderr");
  const name = (approval: AdminApproval): string =>
    `${approval.id} · ${approvalWords(approval)} · ${approval.requesterEmail ?? approval.requestedBy} · ` +
    `${statusWords(approval)}${approval.status === "pending" ? ` until ${showTime(approval.expiresAt, zone).slice(0, 16)}` : ""}`;
  const loaded = listApprovals(db, { limit: newest, status: undecided ? "pending" : null });
  const { id } = await pick<AdminApproval>(session, {
    message: "Which request?",
    none: undecided ? "Nothing that waits for approval matches." : "No request matches.",
    search: async (term, signal) => {
      const { approvals, nextCursor } = await loaded;
      const words = term.toLowerCase().split(/\s+/).filter(Boolean);
      const items = approvals.filter((approval) => {
        const text = name(approval).toLowerCase();
        return words.every((word) => text.includes(word));
      });
      if (items.length > 0 || !/^[1-9]\d{0,17}$/.test(term))
        return { items, more: nextCursor !== null && words.length === 0 };
      // An id that nothing has yet is one that is still being typed.
      const older = await getApproval(db, term, { signal }).catch(() => null);
      return {
        items: older === null || (undecided && older.status !== "pending") ? [] : [older],
        more: false,
      };
    },
    name,
  });
  return id;
}
