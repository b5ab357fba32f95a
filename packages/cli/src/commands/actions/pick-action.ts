import { type AdminAction, getAdminAction, listAdminActions } from "@vidops/core/admin";
import type { DatabaseClient } from "@vidops/core/database";
import type { CommandSession } from "../../command-session.ts";
import { showTime } from "../../output/local-time.ts";
import { lookOf } from "../../output/look.ts";
import { pick } from "../../prompts/pick.ts";
import { undoWords } from "../../undo-words.ts";
import { actionWords } from "./action-words.ts";
import { adminOf } from "./list.view.ts";

const newest = 500;

/**
 * Lets somebody search and pick among the newest acts, by any words of their lines; an id finds older ones too.
 * @param toUndo offers only what an undo may be of.
 * @returns its id.
 * @throws CommandError CLI_INTERRUPTED (exit 130), VidopsError.
 */
export async function pickAction(
  session: CommandSession,
  db: DatabaseClient,
  toUndo: boolean,
): Promise<string> {
  const { zone } = lookOf(session, "stderr");
  const name = (action: AdminAction): string =>
    [
      `${action.id} · ${showTime(action.createdAt, zone).slice(0, 16)} · ${actionWords(action)} · ${adminOf(action)}`,
      ...(action.ticket === null ? [] : [action.ticket]),
      ...(action.undoneBy === null ? [] : [`undone by ${action.undoneBy}`]),
    ].join(" · ");
  const fits = (action: AdminAction): boolean =>
    !toUndo || (action.undoes === null && action.undoneBy === null && undoWords(action.actionType).possible);
  const loaded = listAdminActions(db, { limit: newest });
  const { id } = await pick<AdminAction>(session, {
    message: toUndo ? "Undo which action?" : "Which action?",
    none: toUndo ? "No action that can be undone matches." : "No action matches.",
    search: async (term, signal) => {
      const { actions, nextCursor } = await loaded;
      const words = term.toLowerCase().split(/\s+/).filter(Boolean);
      const found = actions.filter((action) => {
        const text = name(action).toLowerCase();
        return fits(action) && words.every((word) => text.includes(word));
      });
      if (found.length === 0 && /^[1-9]\d{0,17}$/.test(term)) return older(db, term, signal);
      return { items: found, more: nextCursor !== null && words.length === 0 };
    },
    name,
  });
  return id;
}

async function older(
  db: DatabaseClient,
  id: string,
  signal: AbortSignal,
): Promise<{ items: AdminAction[]; more: boolean }> {
  // An id that nothing has yet is one that is still being typed.
  const items = await getAdminAction(db, id, { signal }).then(
    (action) => [action],
    () => [],
  );
  return { items, more: false };
}
