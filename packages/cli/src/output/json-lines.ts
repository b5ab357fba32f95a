/**
 * A value as indented JSON, a line each. Line breaks inside a text (a stack, an SQL statement) break the line here too,
 * so that a person can read it; a program takes --json.
 * @example jsonLines({ a: 1 }) // ["{", '  "a": 1', "}"]
 */
export function jsonLines(value: unknown): string[] {
  return (JSON.stringify(value, null, 2) ?? "null").split("\n").flatMap(breakText);
}

function breakText(text: string): string[] {
  const [head = ""] = /^ *(?:"(?:[^"\\]|\\.)*": )?/.exec(text) ?? [];
  const lines: string[] = [""];
  // Escapes are taken whole: the n of "\\n" (a backslash, then an n) is no line break.
  for (const piece of text.match(/\\.|[^\\]+/gs) ?? []) {
    lines[lines.length - 1] += piece;
    if (piece === "\\n") lines.push(" ".repeat(head.length + 1));
  }
  return lines;
}
