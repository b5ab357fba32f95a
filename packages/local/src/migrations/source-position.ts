/** A place in a text file, counted from 1. */
export interface SourcePosition {
  readonly line: number;
  readonly column: number;
  /** The whole line, without its end. */
  readonly text: string;
}

/** Finds the line and column of an offset in UTF-16 units. */
export function positionAt(source: string, offset: number): SourcePosition {
  const before = source.slice(0, offset);
  const lineStart = before.lastIndexOf("\n") + 1;
  const lineEnd = source.indexOf("\n", offset);
  return {
    line: before.split("\n").length,
    column: [...before.slice(lineStart)].length + 1,
    text: source.slice(lineStart, lineEnd < 0 ? source.length : lineEnd).trimEnd(),
  };
}

/**
 * Turns Postgres's error position (characters, from 1) into an offset in UTF-16 units.
 *
 * @example characterOffset("😀x", 2); // 2: the emoji is one character and two units
 */
export function characterOffset(text: string, position: number): number {
  let offset = 0;
  let left = position - 1;
  for (const character of text) {
    if (left <= 0) break;
    left -= 1;
    offset += character.length;
  }
  return offset;
}
