/** How a piece of text is meant; the renderer turns it into a colour where the stream takes colours. */
export type Tone = "good" | "warning" | "bad" | "quiet" | "strong";

/** Text with a meaning, or plain text. */
export type Text = string | { readonly text: string; readonly tone: Tone };

export type Block =
  | { readonly kind: "line"; readonly text: Text }
  | { readonly kind: "fields"; readonly rows: readonly (readonly [label: string, value: Text])[] }
  | {
      readonly kind: "table";
      readonly head: readonly string[];
      readonly rows: readonly (readonly Text[])[];
      /** Indexes of the columns that hold numbers. */
      readonly right?: readonly number[];
    };

/** What a view returns: text with structure. Only `output/` turns it into characters, sanitising all of it. */
export type Document = readonly Block[];

/** A line of text. */
export function line(text: Text = ""): Block {
  return { kind: "line", text };
}

/** Label and value, one pair a line, values aligned. Pairs whose value is null are left out. */
export function fields(rows: readonly (readonly [label: string, value: Text | null])[]): Block {
  return { kind: "fields", rows: rows.filter((row): row is readonly [string, Text] => row[1] !== null) };
}

/** A table; `right` holds the indexes of number columns. */
export function table(
  head: readonly string[],
  rows: readonly (readonly Text[])[],
  right: readonly number[] = [],
): Block {
  return { kind: "table", head, rows, right };
}

/** Text with a tone. */
export function toned(text: string, tone: Tone): Text {
  return { text, tone };
}
