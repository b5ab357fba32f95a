import { describe, expect, it } from "vitest";
import { jsonLines } from "./json-lines.ts";

describe("jsonLines", () => {
  it("indents, and breaks a text where it has line breaks", () => {
    expect(jsonLines({ list: [1], stack: "Error: x\n    at y" })).toEqual([
      "{",
      '  "list": [',
      "    1",
      "  ],",
      '  "stack": "Error: x\\n',
      '                at y"',
      "}",
    ]);
  });

  it("takes a backslash before an n for what it is", () => {
    expect(jsonLines("C:\\new")).toEqual(['"C:\\\\new"']);
    expect(jsonLines("in\tout")).toEqual(['"in\\tout"']);
  });

  it("writes what JSON has no form for as null", () => {
    expect(jsonLines(undefined)).toEqual(["null"]);
  });
});
