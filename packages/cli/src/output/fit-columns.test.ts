import { describe, expect, it } from "vitest";
import { fitColumns } from "./fit-columns.ts";

const head = ["id", "text", "user"];
const rows = [["1", "a long text", "0b0e3f5a"]];
const steps = [
  { column: 1, minimum: 6 },
  { column: 2, minimum: 3 },
];

describe("fitColumns", () => {
  it("cuts nothing in a pipe, and nothing that fits", () => {
    expect(fitColumns(head, rows, null, steps)).toEqual(rows);
    expect(fitColumns(head, rows, 25, steps)).toEqual(rows);
  });

  it("cuts the columns in order, each as far as needed and allowed", () => {
    expect(fitColumns(head, rows, 23, steps)).toEqual([["1", "a long t…", "0b0e3f5a"]]);
    expect(fitColumns(head, rows, 18, steps)).toEqual([["1", "a lon…", "0b0e3…"]]);
    expect(fitColumns(head, rows, 1, steps)).toEqual([["1", "a lon…", "0b0…"]]);
  });

  it("measures by the cells that text takes", () => {
    const wide = [["1", "数字数字", "🚀🚀🚀"]];
    expect(fitColumns(head, wide, 20, steps)).toEqual(wide);
    expect(fitColumns(head, wide, 19, steps)).toEqual([["1", "数字数…", "🚀🚀🚀"]]);
    expect(fitColumns(head, wide, 17, steps)).toEqual([["1", "数字…", "🚀🚀…"]]);
  });

  it("measures what will be shown: without escape codes", () => {
    expect(fitColumns(["a"], [["\u001b[31mred\u001b[0m"]], 3, [{ column: 0, minimum: 1 }])).toEqual([
      ["red"],
    ]);
  });
});
