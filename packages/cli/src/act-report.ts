import type { NeededApproval } from "@vidops/core/acts";
import type { Undoable } from "./undo-words.ts";

/** What the database answers to an act, as far as all commands go by it. */
export interface ActAnswer {
  /** The audit row; null when nothing was changed. */
  readonly actionId: string | null;
  /** False when there was nothing to do: then nobody is asked. */
  readonly changed: boolean;
  readonly dryRun: boolean;
  readonly needsApproval?: NeededApproval | null;
}

/** An act that was done, or only looked at. */
export interface ActReport<Target, Answer extends ActAnswer = ActAnswer> {
  readonly actionType: Undoable;
  /** Who or what it is about. */
  readonly target: Target;
  readonly answer: Answer;
  readonly project: string;
  readonly reason: string;
  readonly ticket: string | null;
  /** Who acts, as named in the settings or the login; null when an access token says it. */
  readonly actingAdmin: string | null;
}
