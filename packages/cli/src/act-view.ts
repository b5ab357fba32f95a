import type { NeededApproval } from "@vidops/core/acts";
import type { ActReport } from "./act-report.ts";
import { type Block, line, type Text, toned } from "./output/document.ts";
import type { Look } from "./output/look.ts";
import { undoAfterword, undoForeword } from "./undo-words.ts";

// What the views of all changing commands have in common.

/** Label and value of what every act is told: the last rows of its fields. */
export function actRows({
  reason,
  ticket,
  actingAdmin,
  answer,
}: ActReport<unknown>): (readonly [label: string, value: Text | null])[] {
  return [
    // Of what is so already nothing is recorded: below the state that was found, the reason would read as its own.
    ["reason", answer.changed ? reason : null],
    ["ticket", answer.changed ? ticket : null],
    ["acting", actingAdmin ?? "the signed-in admin"],
  ];
}

/** What somebody must know before consenting: whether it can be undone, and whether it needs a second person. `act` shows it. */
export function foresightLines({ actionType, answer }: ActReport<unknown>): Block[] {
  const needed = answer.needsApproval ?? null;
  return [
    ...undoForeword(actionType),
    ...(needed === null ? [] : [line(toned(approvalWords(needed), "warning"))]),
  ];
}

function approvalWords({ threshold, limit, requested }: NeededApproval): string {
  const why =
    threshold === "own_account"
      ? "Credits on your own account need a second person"
      : limit === null || requested === null
        ? "This kind of act needs a second person"
        : threshold === "day_credits"
          ? `With it you would have moved ${requested} credits within 24 hours; above ${limit} a second person decides`
          : `It moves ${requested} credits; above ${limit} a second person decides`;
  return `${why}: it becomes a request, and nothing changes until another admin approves it.`;
}

/** What stands below the plan of an act that was only looked at. */
export function dryRunLines(report: ActReport<unknown>): Block[] {
  return [...foresightLines(report), line(toned("Dry run: nothing was changed.", "quiet"))];
}

/** What stands below an act that was done: where it is recorded, and how it is taken back. */
export function recordedLines({ actionType, answer: { actionId } }: ActReport<unknown>, look: Look): Block[] {
  if (actionId === null) return [];
  return [
    line(toned(`Recorded as admin action ${actionId}.`, "quiet")),
    ...undoAfterword(actionType, actionId, look),
  ];
}

/** What the JSON data of every act begins with. */
export function answerData({ answer }: ActReport<unknown>): Record<string, unknown> {
  return {
    action_id: answer.actionId,
    changed: answer.changed,
    dry_run: answer.dryRun,
    needs_approval: answer.needsApproval ?? null,
  };
}

/** What the JSON data of every act ends with. */
export function actData({
  reason,
  ticket,
  actingAdmin,
  project,
}: ActReport<unknown>): Record<string, unknown> {
  return { reason, ticket, acting_admin: actingAdmin, project };
}
