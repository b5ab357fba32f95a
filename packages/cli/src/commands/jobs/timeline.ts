import type { JobStory } from "@vidops/core/jobs";
import { credits } from "../../output/credit-text.ts";
import { type Text, toned } from "../../output/document.ts";

/** Something that happened to a job. */
export interface JobEvent {
  /** ISO 8601, UTC. */
  readonly at: string;
  readonly what: Text;
}

/**
 * What happened to a job, in the order of time. What is said of one moment stands in the order in which it follows.
 *
 * @param story the job with all that belongs to it
 * @returns the events
 * @example timeline(story).map(({ what }) => what) // ["ordered", "4 credits charged, balance 6", "failed: …"]
 */
export function timeline({ job, ledger, actions }: JobStory): JobEvent[] {
  const once = (at: string | null, what: Text): JobEvent[] => (at === null ? [] : [{ at, what }]);
  const events = [
    ...once(job.createdAt, "ordered"),
    ...ledger.map((entry) => ({ at: entry.createdAt, what: entryText(entry) })),
    ...once(job.completedAt, job.status === "completed" ? toned("completed", "good") : failureText(job)),
    ...actions.map((action) => ({ at: action.createdAt, what: actionText(action) })),
    ...once(job.deliveredLateAt, toned("the video came after all, and was delivered free", "warning")),
    ...once(job.deletedAt, "deleted by its user"),
    ...once(job.purgedAt, "emptied, its files removed"),
  ];
  // ISO 8601 in one zone sorts as text; Array.sort keeps what is equal in its order.
  return events.sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0));
}

function entryText({ change, balanceAfter, reason, adminActionId }: JobStory["ledger"][number]): string {
  const moved = change < 0 ? `${credits(-change)} charged` : `${credits(change)} given back`;
  const balance = balanceAfter === null ? "" : `, balance ${balanceAfter}`;
  const act = adminActionId === null ? "" : ` (action ${adminActionId})`;
  return `${moved}${balance}: ${reason}${act}`;
}

function failureText({ errorCode, errorReason, errorMessage }: JobStory["job"]): Text {
  const known = [errorCode, errorReason].filter((word) => word !== null).join(" ");
  // Jobs from before the codes have words alone.
  const why = known || errorMessage;
  return toned(why ? `failed: ${why}` : "failed", "bad");
}

function actionText(action: JobStory["actions"][number]): string {
  const who = action.adminEmail ?? action.adminUserId ?? "a secret key";
  const undone = action.undoneBy === null ? "" : ` (undone by ${action.undoneBy})`;
  const ticket = action.ticket === null ? "" : ` [${action.ticket}]`;
  return `action ${action.id}, ${action.actionType.replaceAll("_", " ")} by ${who}: ${action.reason}${ticket}${undone}`;
}
