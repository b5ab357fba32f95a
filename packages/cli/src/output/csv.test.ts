import { describe, expect, it } from "vitest";
import { toCsv } from "./csv.ts";

describe("toCsv", () => {
  it("quotes commas, quotes and line breaks, and leaves absent values empty", () => {
    expect(
      toCsv(
        ["a", "b", "c"],
        [
          { a: "x,y", b: 'say "hi"', c: "two\nlines" },
          { a: null, b: "" },
        ],
      ),
    ).toBe('a,b,c\n"x,y","say ""hi""","two\nlines"\n,,\n');
  });

  it.each(["=1+1", "+1", "-1+cmd", "@SUM(A1)", "\t=1", "\r=1", " =1", "|calc", "%0A", "＝1"])(
    "puts a quote before text that a spreadsheet would run: %j",
    (text) => {
      const cell = toCsv(["a"], [{ a: text }]).slice("a\n".length, -1);
      expect(cell.replace(/^"/, "").startsWith("'")).toBe(true);
      expect(cell).toContain(text.replaceAll('"', '""'));
    },
  );

  it("leaves negative numbers numbers", () => {
    expect(toCsv(["change"], [{ change: -5 }])).toBe("change\n-5\n");
  });
});
