import type { ModelDetails, ModelUsage } from "@vidops/core/models";
import { type Block, type Document, fields, line, type Text, toned } from "../../output/document.ts";
import { showMoment, showRange } from "../../output/local-time.ts";
import { sparkline } from "../../output/sparkline.ts";
import { nextCommand } from "../next-command.ts";
import { shortName } from "./find-model.ts";
import type { ChartLook } from "./list.view.ts";
import { failedShare, failedText, modelData, stateText } from "./model-rows.ts";

/** One model whole, for people. */
export function modelView(model: ModelDetails, look: ChartLook): Document {
  const next = (...words: string[]): string => nextCommand(words, look.flags);
  const { id, name, costPerGeneration, isFeatured, isAvailable, lastJobAt } = model;
  return [
    line(toned(shortName(name), "strong")),
    fields([
      ["id", id],
      ["price", `${costPerGeneration} ${costPerGeneration === 1 ? "credit" : "credits"} a generation`],
      ["state", stateText(model)],
      ["featured", isFeatured ? "yes" : "no"],
      ["provider", `${model.provider}, ${model.providerModelId}`],
      ["category", model.category],
      ["description", model.description],
      ["thumbnail", model.thumbnailUrl],
      ["added", showMoment(model.createdAt, look.zone)],
      ["last used", lastJobAt === null ? "never" : showMoment(lastJobAt, look.zone)],
    ]),
    ...usageBlocks(model, look),
    line(),
    fields([
      [
        isAvailable ? "disable" : "enable",
        next("models", isAvailable ? "disable" : "enable", id, "--reason", "WHY"),
      ],
      ["its acts", next("actions", "list", "--model", id)],
    ]),
  ];
}

function usageBlocks({ usage, since, until }: ModelDetails, look: ChartLook): Block[] {
  if (usage === null || since === null || until === null) return [];
  return [
    line(),
    line(toned(`Use from ${showRange(since, until, look.zone)}`, "strong")),
    fields(usageRows(usage, look)),
  ];
}

function usageRows(usage: ModelUsage, { bars, width }: ChartLook): (readonly [string, Text])[] {
  const { jobs, completed, failed, credits, refunded, refundedJobs, slots } = usage;
  const running = jobs - completed - failed;
  const share = failedShare(usage);
  const failures = failedText(usage);
  const rows: readonly (readonly [string, Text, readonly number[] | null])[] = [
    ["jobs", `${jobs}`, slots.jobs],
    ["failed", share === "" ? failures : withText(failures, (text) => `${text} (${share} %)`), slots.failed],
    ["running", `${running}`, null],
    ["credits", `${credits}`, slots.credits],
    ["refunded", refundedJobs === 0 ? `${refunded}` : `${refunded} (${refundedJobs} jobs)`, slots.refunded],
  ];
  const numbers = Math.max(...rows.map(([, text]) => plainText(text).length));
  const room = Math.min(46, (width ?? 0) - numbers - 16);
  return rows.map(([label, text, counts]) =>
    !bars || counts === null || room < 8
      ? [label, text]
      : [label, withText(text, (number) => `${number.padEnd(numbers)}  ${sparkline(counts, room)}`)],
  );
}

function plainText(text: Text): string {
  return typeof text === "string" ? text : text.text;
}

function withText(text: Text, change: (text: string) => string): Text {
  return typeof text === "string" ? change(text) : { ...text, text: change(text.text) };
}

/** The same as JSON data; `slots` are numbers of `slot_seconds` each, oldest first. */
export function modelDetailsData(model: ModelDetails): Record<string, unknown> {
  return {
    ...modelData(model),
    description: model.description,
    thumbnail_url: model.thumbnailUrl,
    since: model.since,
    until: model.until,
    slot_seconds: model.slotSeconds,
  };
}
