import type { ErrorReport } from "@vidops/core/error-log";
import type { CatalogueRow } from "@vidops/core/errors";
import { type Block, type Document, fields, line, toned } from "../../output/document.ts";
import { jsonLines } from "../../output/json-lines.ts";
import { showMoment } from "../../output/local-time.ts";
import type { Look } from "../../output/look.ts";
import { aboutProject, nextCommand } from "../next-command.ts";
import { errorRow } from "./error-rows.ts";

export interface ShownError {
  readonly entry: ErrorReport;
  /** Null for a code that is an app's own. */
  readonly row: CatalogueRow | null;
}

/** One logged error whole, for people: what happened, what it means, and where to go on. */
export function errorView(
  { entry, row }: ShownError,
  { flags, zone }: Pick<Look, "flags" | "zone">,
): Document {
  const next = (...words: string[]): string => nextCommand(words, flags);
  return [
    line(toned(row === null ? entry.code : `${entry.code} ${row.name}`, "strong")),
    fields([
      ["time", showMoment(entry.createdAt, zone)],
      ["id", entry.id],
      ["endpoint", entry.endpoint],
      ["status", entry.status === null ? null : `${entry.status}`],
      ["user", entry.userId],
      ["request id", entry.requestId],
      ["language", entry.language],
      ["fingerprint", entry.fingerprint],
      ["summary", entry.summary],
      ["means", row === null ? "a code of the app's own; vidops' catalogue does not have it" : row.meaning],
      // "Look it up with vidops errors show" is what is being done here.
      [
        "what to do",
        row === null || row.action.includes("vidops errors show") ? null : aboutProject(row.action, flags),
      ],
    ]),
    ...jsonBlock("request data", entry.requestData),
    ...jsonBlock("details", entry.details),
    line(),
    fields([
      ["alike", entry.fingerprint && next("errors", "list", "--fingerprint", entry.fingerprint)],
      ["same request", entry.requestId && next("errors", "list", "--request-id", entry.requestId)],
      ["same user", entry.userId && next("errors", "list", "--user", entry.userId)],
    ]),
  ];
}

function jsonBlock(label: string, value: unknown): Block[] {
  if (value === null || value === undefined) return [];
  return [line(), line(toned(label, "quiet")), ...jsonLines(value).map((text) => line(`  ${text}`))];
}

/** The same as JSON data. */
export function errorData({ entry, row }: ShownError): Record<string, unknown> {
  return {
    ...errorRow(entry),
    request_data: entry.requestData ?? null,
    details: entry.details ?? null,
    name: row?.name ?? null,
    meaning: row?.meaning ?? null,
    action: row?.action ?? null,
  };
}
