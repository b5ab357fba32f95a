import { describe, expect, it } from "vitest";
import { characterOffset, positionAt } from "./source-position.ts";

describe("positionAt", () => {
  const source = "select 1;\r\n  selekt 2;\n";
  it("counts lines and columns from 1 and shows the line without its end", () => {
    expect(positionAt(source, 0)).toEqual({ line: 1, column: 1, text: "select 1;" });
    expect(positionAt(source, 13)).toEqual({ line: 2, column: 3, text: "  selekt 2;" });
  });
  it("counts an emoji as one column", () => {
    expect(positionAt("'😀' x", 5).column).toBe(5);
  });
});

describe("characterOffset", () => {
  it.each([
    ["abc", 1, 0],
    ["abc", 3, 2],
    ["😀x", 2, 2],
    ["abc", 99, 3],
  ])("turns position %j %d into offset %d", (text, position, offset) => {
    expect(characterOffset(text, position)).toBe(offset);
  });
});
