import type { Model, ModelPage } from "@vidops/core/models";
import { type Column, columnsTable } from "../../output/columns.ts";
import { type Document, line, toned } from "../../output/document.ts";
import { showRange } from "../../output/local-time.ts";
import type { Look } from "../../output/look.ts";
import type { Result } from "../../output/output.ts";
import { sparkline } from "../../output/sparkline.ts";
import { nextCommand } from "../next-command.ts";
import type { ListInput } from "./list-input.ts";
import { failedShare, failedText, modelColumns, modelData, modelRow, stateText } from "./model-rows.ts";

/** For whom models are drawn. */
export interface ChartLook extends Look {
  /** Whether bars are drawn, one for each slot of time. */
  readonly bars: boolean;
}

/** A page of models, for people. */
export function modelsView(page: ModelPage, input: ListInput, look: ChartLook): Document {
  const { models, nextCursor, since, until } = page;
  const next = (words: readonly string[]): string => nextCommand(words, look.flags);
  if (models.length === 0)
    return [
      line(input.cursor === null ? `There are no models${narrowed(input)}.` : "No more models."),
      ...(narrowed(input) === "" ? [] : [line(toned(`All models: ${next(["models", "list"])}`, "quiet"))]),
    ];
  return [
    columnsTable(columns(look), models, look.width),
    ...(since === null || until === null
      ? []
      : [line(toned(`Use from ${showRange(since, until, look.zone)}`, "quiet"))]),
    ...(nextCursor === null
      ? []
      : [line(toned(`More: ${next([...input.words, "--cursor", nextCursor])}`, "quiet"))]),
  ];
}

function columns({ bars, width }: ChartLook): Column<Model>[] {
  const room = width === null || width >= 120 ? 24 : 12;
  const number = (
    head: string,
    of: (usage: NonNullable<Model["usage"]>) => ReturnType<typeof failedText>,
    screen = 0,
  ): Column<Model> => ({
    ...{ head, right: true, screen },
    cell: ({ usage }) => (usage === null ? "" : of(usage)),
  });
  return [
    { head: "model", cell: ({ name }) => name, minimum: 8 },
    { head: "price", cell: ({ costPerGeneration }) => `${costPerGeneration}`, right: true },
    { head: "state", cell: stateText },
    number("jobs", ({ jobs }) => `${jobs}`),
    number("failed", failedText, 60),
    number("%", failedShare, 100),
    number("credits", ({ credits }) => `${credits}`, 60),
    number("refunded", ({ refunded }) => `${refunded}`, 70),
    ...(bars
      ? [
          {
            ...{ head: "use", screen: 80 },
            cell: ({ usage }: Model) => (usage === null ? "" : sparkline(usage.slots.jobs, room)),
          },
        ]
      : []),
    { head: "featured", cell: ({ isFeatured }) => (isFeatured ? "yes" : ""), screen: 110 },
    { head: "provider", cell: ({ provider }) => provider, screen: 120 },
    { head: "category", cell: ({ category }) => category ?? "", minimum: 8, screen: 140 },
    { head: "id", cell: ({ id }) => id, screen: 180 },
  ];
}

function narrowed({ name, available, featured, provider, category }: ListInput): string {
  return [name, available, featured, provider, category].some((filter) => filter !== null) ? " that fit" : "";
}

/** The same as rows for csv and ndjson. */
export function modelsRows({ models }: ModelPage): NonNullable<Result["list"]> {
  return { columns: modelColumns, rows: models.map(modelRow) };
}

/** The same as JSON data; `slots` are numbers of `slot_seconds` each, oldest first. */
export function modelsData(page: ModelPage): Record<string, unknown> {
  return {
    since: page.since,
    until: page.until,
    slot_seconds: page.slotSeconds,
    models: page.models.map(modelData),
    next_cursor: page.nextCursor,
  };
}
