import type { LoggedError } from "@vidops/core/error-log";
import { displayWidth, truncate } from "../../output/display-width.ts";
import { type Document, line, toned } from "../../output/document.ts";
import { showTime } from "../../output/local-time.ts";
import type { Look } from "../../output/look.ts";
import { sanitizeText } from "../../output/sanitize.ts";
import { toneOf } from "./error-rows.ts";

const shortestSummary = 24;

/**
 * Errors as lines that stand below those printed before: time, id, code, endpoint, summary, and in a pipe also user
 * and request id, which a screen has no room for (`errors show <id>` has them).
 */
export function tailView(
  entries: readonly LoggedError[],
  { width, zone }: Pick<Look, "width" | "zone">,
): Document {
  return entries.map((error) => {
    const place = [showTime(error.createdAt, zone), error.id, error.code, error.endpoint]
      .map(sanitizeText)
      .join("  ");
    const summary = sanitizeText(error.summary ?? "");
    const text =
      width === null
        ? [place, error.userId ?? "-", error.requestId ?? "-", summary].join("  ")
        : `${place}  ${truncate(summary, Math.max(shortestSummary, width - displayWidth(place) - 2))}`;
    const tone = toneOf(error.code);
    return line(tone === null ? text.trimEnd() : toned(text.trimEnd(), tone));
  });
}
