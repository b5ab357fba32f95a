import { type Block, type Text, table } from "./document.ts";
import { fitColumns } from "./fit-columns.ts";

/** A column of a table that is to fit a screen. */
export interface Column<Item> {
  readonly head: string;
  /** The heading on a narrow screen. */
  readonly shortHead?: string;
  readonly cell: (item: Item, at: number) => Text;
  /** For numbers. */
  readonly right?: boolean;
  /** Cells to which it may be cut; without it, it never is. The column with the smallest minimum is cut first. */
  readonly minimum?: number;
  /** The same on a narrow screen; without it, `minimum`, but no more than 8. */
  readonly shortMinimum?: number;
  /** Which end of a cell that is cut stays; the start unless said. */
  readonly keep?: "start" | "end";
  /** On a screen of fewer cells it is left out. */
  readonly screen?: number;
}

/** Below so many cells a screen is narrow. */
const narrow = 60;

/**
 * A table that fits a screen as far as its columns allow: some are left out, then some are cut. A pipe gets all of it.
 *
 * @param width of the screen in cells; null for a pipe.
 * @example columnsTable([{ head: "id", cell: ({ id }) => id }], users, 80)
 */
export function columnsTable<Item>(
  columns: readonly Column<Item>[],
  items: readonly Item[],
  width: number | null,
): Block {
  const shown = columns.filter(({ screen = 0 }) => width === null || width >= screen);
  const short = width !== null && width < narrow;
  const head = shown.map(({ head, shortHead = head }) => (short ? shortHead : head));
  const cells = items.map((item, at) => shown.map(({ cell }) => cell(item, at)));
  const shrink = shown
    .flatMap((column, at) => {
      const minimum = short ? shortest(column) : column.minimum;
      return minimum === undefined ? [] : [{ column: at, minimum, keep: column.keep }];
    })
    .sort((a, b) => a.minimum - b.minimum);
  const texts = cells.map((row) => row.map(plain));
  const fitted = fitColumns(head, texts, width, shrink);
  return table(
    head,
    cells.map((row, at) => row.map((cell, column) => withText(cell, fitted[at]?.[column] ?? ""))),
    shown.flatMap(({ right }, column) => (right === true ? [column] : [])),
  );
}

function shortest<Item>({ minimum, shortMinimum }: Column<Item>): number | undefined {
  return shortMinimum ?? (minimum === undefined ? undefined : Math.min(minimum, 8));
}

/** A text without its tone. */
export function plain(text: Text): string {
  return typeof text === "string" ? text : text.text;
}

function withText(cell: Text, text: string): Text {
  return typeof cell === "string" ? text : { ...cell, text };
}
