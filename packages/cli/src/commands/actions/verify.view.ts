import type { AdminAction, ChainPlace, ChainVerification } from "@vidops/core/admin";
import { type Document, fields, line, toned } from "../../output/document.ts";
import { showMoment } from "../../output/local-time.ts";
import type { Look } from "../../output/look.ts";
import { nextCommand } from "../next-command.ts";
import { actionWords } from "./action-words.ts";
import { chainPlaceText } from "./chain-place.ts";
import { adminOf } from "./list.view.ts";

/** What a walk along the chain found. */
export interface VerifyReport extends ChainVerification {
  readonly expect: ChainPlace | null;
  readonly after: ChainPlace | null;
  /** The act that does not fit, as it is now. */
  readonly action: AdminAction | null;
  readonly project: string;
}

const kinds = {
  altered: "was altered",
  removed: "was removed",
  inserted: "was inserted",
  reordered: "was moved",
  head: "is not what the stored head says",
  pinned: "is not the history that was pinned",
} as const;

/** The verdict first, then what is wrong, for people. */
export function verifyView(report: VerifyReport, look: Look): Document {
  const { checked, verified, fault, after, expect } = report;
  const next = (...words: string[]): string => nextCommand(words, look.flags);
  if (fault === null)
    return [
      line(
        toned(
          `${actions(checked)} checked${after === null ? "" : ` after position ${after.position}`}: every hash fits, up to the head.`,
          "good",
        ),
      ),
      ...(expect === null
        ? []
        : [line(toned(`History up to position ${expect.position} is the one that was pinned.`, "good"))]),
      line(toned(`Keep this somewhere else: ${chainPlaceText(verified)}`, "quiet")),
    ];
  const { action } = report;
  return [
    line(
      toned(
        `The chain does not hold: what stands at position ${fault.position} ${kinds[fault.kind]}.`,
        "bad",
      ),
    ),
    fields([
      ["project", report.project],
      ["why", fault.explanation],
      ["action", fault.actionId === null ? "none is left" : next("actions", "show", fault.actionId)],
      [
        "says now",
        action && `${showMoment(action.createdAt, look.zone)}, ${adminOf(action)}: ${actionWords(action)}`,
      ],
      ["fits up to", verified.position === 0 ? "nothing" : chainPlaceText(verified)],
      ["head", chainPlaceText(report.head)],
      ["pinned", expect && chainPlaceText(expect)],
    ]),
    line(
      toned(
        "No command of vidops can do this: somebody wrote the table as its owner. Keep the database as it is, and compare with a backup.",
        "warning",
      ),
    ),
  ];
}

function actions(count: number): string {
  return count === 1 ? "1 action" : `${count} actions`;
}

/** The same as JSON data. */
export function verifyData(report: VerifyReport): Record<string, unknown> {
  const { fault } = report;
  return {
    ok: report.ok,
    checked: report.checked,
    verified: placeData(report.verified),
    head: placeData(report.head),
    after: report.after === null ? null : placeData(report.after),
    expect: report.expect === null ? null : placeData(report.expect),
    fault:
      fault === null
        ? null
        : {
            kind: fault.kind,
            position: fault.position,
            action_id: fault.actionId,
            explanation: fault.explanation,
          },
    project: report.project,
  };
}

/** The head alone, so that a shell can keep it. */
export function headView(place: ChainPlace): Document {
  return [line(chainPlaceText(place))];
}

/** The same as JSON data. */
export function headData(place: ChainPlace): Record<string, unknown> {
  return placeData(place);
}

function placeData(place: ChainPlace): Record<string, unknown> {
  return { position: place.position, hash: place.hash, place: chainPlaceText(place) };
}
