export type Cell = string | number | boolean | null;
/** One line of a list, flat: what `--output csv` and `--output ndjson` print. */
export type Row = Readonly<Record<string, Cell>>;
