import type { ModelChange } from "@vidops/core/models";
import type { ActReport } from "../../act-report.ts";
import { actData, actRows, answerData, dryRunLines, recordedLines } from "../../act-view.ts";
import { credits } from "../../output/credit-text.ts";
import { type Block, type Document, fields, line, toned } from "../../output/document.ts";
import type { Look } from "../../output/look.ts";
import type { Change } from "./change-input.ts";
import { type ModelTarget, shortName } from "./find-model.ts";

/** A change of a model that was made, or only looked at. */
export interface ChangeReport extends ActReport<ModelTarget, ModelChange<boolean | number>> {
  readonly change: Change;
}

/** How a change is spoken of. */
interface ChangeWords {
  readonly label: string;
  readonly plan: (name: string) => string;
  readonly question: (name: string) => string;
  readonly done: (name: string) => string;
  readonly already: (name: string) => string;
  /** What it means for users. */
  readonly effect: string;
}

function wordsOf(change: Change): ChangeWords {
  if (change.column === "price") {
    const price = credits(change.value);
    return {
      label: "price",
      plan: (name) => `Price of ${name}`,
      question: (name) => `Let ${name} cost ${price}?`,
      done: (name) => `${name} costs ${price} now`,
      already: (name) => `${name} costs ${price} already: nothing was changed.`,
      effect: "New jobs pay it from then on; jobs already started keep their price.",
    };
  }
  if (change.column === "featured")
    return change.value
      ? {
          label: "featured",
          plan: (name) => `Feature ${name}`,
          question: (name) => `Feature ${name}?`,
          done: (name) => `${name} is featured now`,
          already: (name) => `${name} is featured already: nothing was changed.`,
          effect: "Apps show it among the first.",
        }
      : {
          label: "featured",
          plan: (name) => `Feature ${name} no longer`,
          question: (name) => `Feature ${name} no longer?`,
          done: (name) => `${name} is not featured any more`,
          already: (name) => `${name} is not featured: nothing was changed.`,
          effect: "Apps show it where all others are; it stays on sale.",
        };
  return change.value
    ? {
        label: "state",
        plan: (name) => `Enable ${name}`,
        question: (name) => `Enable ${name}?`,
        done: (name) => `Enabled ${name}`,
        already: (name) => `${name} is enabled already: nothing was changed.`,
        effect: "It is offered to users again.",
      }
    : {
        label: "state",
        plan: (name) => `Disable ${name}`,
        question: (name) => `Disable ${name}?`,
        done: (name) => `Disabled ${name}`,
        already: (name) => `${name} is disabled already: nothing was changed.`,
        effect: "It is not offered to users any more; jobs already started go on.",
      };
}

/** What a change would do: which model, before → after, what that means, and where. */
export function changePlanView(plan: ChangeReport): Document {
  const words = wordsOf(plan.change);
  return [line(toned(words.plan(nameOf(plan)), "strong")), what(plan), line(words.effect)];
}

/** The question before it is done. */
export function changeQuestion(plan: ChangeReport): string {
  return wordsOf(plan.change).question(nameOf(plan));
}

/** What a change did, or would do on a dry run. */
export function changeView(report: ChangeReport, look: Look): Document {
  const words = wordsOf(report.change);
  if (!report.answer.changed) return [line(toned(words.already(nameOf(report)), "good")), what(report)];
  if (report.answer.dryRun) return [...changePlanView(report), ...dryRunLines(report)];
  return [
    line(toned(words.done(nameOf(report)), "good")),
    what(report),
    line(toned(words.effect, "quiet")),
    ...recordedLines(report, look),
  ];
}

function nameOf({ answer }: ChangeReport): string {
  return shortName(answer.name);
}

function what(report: ChangeReport): Block {
  const { answer, change, project } = report;
  const [before, after] = [valueText(change, answer.before), valueText(change, answer.after)];
  return fields([
    ["project", project],
    ["model", `${nameOf(report)} (${answer.modelId})`],
    [wordsOf(change).label, answer.changed ? `${before} → ${after}` : after],
    ...actRows(report),
  ]);
}

function valueText({ column }: Change, value: boolean | number): string {
  if (typeof value === "number") return credits(value);
  if (column === "featured") return value ? "yes" : "no";
  return value ? "enabled" : "disabled";
}

const fieldOf = {
  availability: "is_available",
  featured: "is_featured",
  price: "cost_per_generation",
} as const;

/** The JSON data of a change. */
export function changeData(report: ChangeReport): Record<string, unknown> {
  const { answer, change } = report;
  return {
    ...answerData(report),
    model_id: answer.modelId,
    name: answer.name,
    before: { [fieldOf[change.column]]: answer.before },
    after: { [fieldOf[change.column]]: answer.after },
    ...actData(report),
  };
}
