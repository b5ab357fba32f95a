import { displayWidth, truncate } from "./display-width.ts";
import { sanitizeText } from "./sanitize.ts";

const gap = 2;

/** One column that may be cut, and what of it stays at least. */
export interface ShrinkStep {
  readonly column: number;
  /** Cells. */
  readonly minimum: number;
  /** Which end of a cell stays; the start unless said. */
  readonly keep?: "start" | "end" | undefined;
}

/**
 * Cuts cells so that a row fits a screen: the columns that are named, in that order, each no further than it may be.
 * What does not fit even then is left to the terminal to wrap.
 *
 * @param width of the screen in cells; null (a pipe) cuts nothing.
 * @example fitColumns(["id", "text"], [["1", "a long text"]], 12, [{ column: 1, minimum: 4 }])
 */
export function fitColumns(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  width: number | null,
  steps: readonly ShrinkStep[],
): string[][] {
  const clean = rows.map((row) => row.map(sanitizeText));
  if (width === null) return clean;
  const widths = head.map((name, column) =>
    Math.max(displayWidth(name), ...clean.map((row) => displayWidth(row[column] ?? ""))),
  );
  let over = widths.reduce((sum, each) => sum + each, gap * (head.length - 1)) - width;
  for (const { column, minimum } of steps) {
    const before = widths[column] ?? 0;
    // The heading stays whole.
    const least = Math.min(before, Math.max(minimum, displayWidth(head[column] ?? "")));
    const after = Math.max(least, before - Math.max(0, over));
    widths[column] = after;
    over -= before - after;
  }
  const ends = new Map(steps.map(({ column, keep }) => [column, keep]));
  return clean.map((row) =>
    row.map((cell, column) => truncate(cell, widths[column] ?? displayWidth(cell), ends.get(column))),
  );
}
