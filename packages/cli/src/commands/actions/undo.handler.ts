import {
  type AdminActionReport,
  getAdminAction,
  type UndoneAction,
  undoAdminAction,
} from "@vidops/core/admin";
import { act } from "../../act.ts";
import type { ActInput } from "../../act-options.ts";
import type { CommandSession } from "../../command-session.ts";
import { lookOf } from "../../output/look.ts";
import { explainUndo } from "./explain-undo.ts";
import { type UndoReport, undoPlanView } from "./undo.view.ts";

export interface UndoInput extends ActInput {
  /** Null: it is picked. */
  readonly id: string | null;
  readonly partial: boolean;
}

/**
 * Undoes an act.
 * @throws CommandError, VidopsError; what is refused is said in words of this command.
 */
export function undoAction(input: UndoInput, session: CommandSession): Promise<UndoReport> {
  const look = lookOf(session, "stderr");
  return act<AdminActionReport, UndoneAction>(session, input, {
    actionType: "undo",
    name: "the undo",
    find: async (db) => {
      if (input.id !== null) return getAdminAction(db, input.id);
      const { pickAction } = await import("./pick-action.ts");
      return getAdminAction(db, await pickAction(session, db, true));
    },
    send: (db, action, options) =>
      undoAdminAction(db, { actionId: action.id, partial: input.partial, ...options }).catch(
        (error: unknown) => {
          throw explainUndo(error, action, look);
        },
      ),
    plan: (plan) => undoPlanView(plan, look),
    question: ({ target }) => `Undo action ${target.id}?`,
    settle: ({ id }) => ({
      hint: `Run the same command again: an act is undone once, and if it was done it says so. Or look: vidops actions show ${id}`,
    }),
  });
}
