import type { ActionType } from "@vidops/core/admin";
import { nextCommand } from "./commands/next-command.ts";
import { type Block, line, toned } from "./output/document.ts";
import type { Look } from "./output/look.ts";

/** What an undo can be of, as the audit names it; and an undo itself, which has none. */
export type Undoable = ActionType | "undo";

/** Whether an act can be undone, in words that are said before it is done. */
export interface UndoWords {
  readonly possible: boolean;
  /** A sentence: what an undo does and what it depends on, or why there is none. */
  readonly sentence: string;
}

const after = (what: string, condition: string): UndoWords => ({
  possible: true,
  sentence: `An undo ${what}, ${condition}.`,
});
const never = (sentence: string): UndoWords => ({ possible: false, sentence });
const unchanged = "as long as nobody changed it again";

const words: Readonly<Record<Undoable, UndoWords>> = {
  credit_refund: after("takes the credits back", "as far as the user still has them"),
  credit_adjustment: after("moves the credits back", "as far as the user has them"),
  model_disable: after("enables the model again", unchanged),
  model_enable: after("disables the model again", unchanged),
  model_price: after("brings the price before back", `${unchanged}; what was paid stays paid`),
  model_feature: after("takes it from the front again", unchanged),
  model_unfeature: after("puts it to the front again", unchanged),
  user_ban: after("lifts the ban", unchanged),
  user_unban: after("bans the user again", unchanged),
  admin_grant: after("takes the right back", unchanged),
  admin_revoke: after("gives the right again", unchanged),
  rate_limit_rule: after("brings the rule before back", unchanged),
  approval_threshold: after("brings the threshold before back", unchanged),
  undo: never("An undo cannot be undone; to have the act again, do it again."),
  rate_limit_reset: never("This cannot be undone: the counts are gone, and the whole limit is there again."),
  cleanup: never("This cannot be undone: deleted rows are gone."),
  approval_request: never("A request is not undone but withdrawn, with approvals reject."),
  job_fail: never(
    "This cannot be undone: a job that failed stays so. `vidops jobs retry` orders it once more.",
  ),
  job_retry: never(
    "This cannot be undone; a job that was ordered in error is refunded with `vidops refund`.",
  ),
  approval_reject: never("This cannot be undone: the act has to be asked for again."),
};

/**
 * What an undo of a kind of act does, or why it cannot be undone; the one table of that.
 * @param actionType as the audit names it; of one that is not known (a newer database) nothing is promised.
 * @example undoWords("cleanup").possible // false
 */
export function undoWords(actionType: string): UndoWords {
  const known = (words as Readonly<Record<string, UndoWords | undefined>>)[actionType];
  return known ?? never("Whether this can be undone is not known to this version of vidops.");
}

/** The lines of a plan that say, before it is done, whether it can be taken back. */
export function undoForeword(actionType: Undoable): Block[] {
  const { possible, sentence } = undoWords(actionType);
  return [line(toned(sentence, possible ? "quiet" : "warning"))];
}

/**
 * The lines below what was done: the command that takes it back, or that nothing does.
 * @param actionId of the audit row; null when nothing was changed, of which nothing is said.
 */
export function undoAfterword(
  actionType: Undoable,
  actionId: string | null,
  { flags }: Pick<Look, "flags">,
): Block[] {
  if (actionId === null) return [];
  const { possible, sentence } = undoWords(actionType);
  const undo = nextCommand(["actions", "undo", actionId, "--reason", "WHY"], flags);
  return [line(toned(possible ? `Take it back: ${undo}` : sentence, "quiet"))];
}
