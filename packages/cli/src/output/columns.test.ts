import { describe, expect, it } from "vitest";
import { columnsTable } from "./columns.ts";
import { toned } from "./document.ts";

const columns = [
  { head: "id", cell: ({ id }: { id: string }) => toned(id, "bad"), right: true },
  { head: "user", cell: () => "0b0e3f5a", screen: 20 },
  { head: "text", cell: () => "a long text", minimum: 6 },
];

describe("columnsTable", () => {
  it("leaves out and cuts what a screen has no room for, keeping tones and sides", () => {
    expect(columnsTable(columns, [{ id: "1" }], 14)).toEqual({
      kind: "table",
      head: ["id", "text"],
      rows: [[{ text: "1", tone: "bad" }, "a long te…"]],
      right: [0],
    });
  });

  it("cuts first what may be cut furthest", () => {
    const both = [
      { head: "a", cell: () => "aaaaaaaaaa", minimum: 6 },
      { head: "b", cell: () => "bbbbbbbbbb", minimum: 4, keep: "end" as const },
    ];
    expect(columnsTable(both, [{}], 18)).toMatchObject({ rows: [["aaaaaaaaaa", "…bbbbb"]] });
    expect(columnsTable(both, [{}], 14)).toMatchObject({ rows: [["aaaaaaa…", "…bbb"]] });
  });

  it("gives a pipe everything", () => {
    expect(columnsTable(columns, [{ id: "1" }], null)).toMatchObject({
      head: ["id", "user", "text"],
      rows: [[{ text: "1" }, "0b0e3f5a", "a long text"]],
    });
  });
});
