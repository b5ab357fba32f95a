import { describe, expect, it } from "vitest";
import { parseMessage, parseMessages } from "./index.ts";

describe("parseMessage", () => {
  it("leaves plain text alone, tags and dollars too", () => {
    expect(parseMessage("Don't <b>stop</b> $& at 100 %")).toEqual(["Don't <b>stop</b> $& at 100 %"]);
  });

  it("reads variables, numbers, durations and literal braces", () => {
    expect(parseMessage("{a} '{b}' {c, number} {d, number, percent} {e, duration}")).toEqual([
      { type: "argument", name: "a", style: null },
      " {b} ",
      { type: "number", name: "c", style: null },
      " ",
      { type: "number", name: "d", style: "percent" },
      " ",
      { type: "duration", name: "e", style: null },
    ]);
  });

  it("reads plurals with exact cases, an offset and texts within texts", () => {
    expect(parseMessage("{n, plural, offset:1 =0 {none} one {# and {name}} other {#}}")).toMatchObject([
      {
        type: "plural",
        name: "n",
        offset: 1,
        cases: {
          "=0": ["none"],
          one: [{ type: "count" }, " and ", { type: "argument", name: "name" }],
          other: [{ type: "count" }],
        },
      },
    ]);
  });

  it.each([
    ["{required", /Unexpected message end at line 1 col 10/],
    ["{", /a brace stands alone/],
    ["all } done", /a brace stands alone in "all } done"/],
    ["{}", /a brace stands alone/],
    ["{a b}", /invalid syntax/],
    ["{n, plural, one {x}}", /\{n, …\} has no case "other"/],
    ["{when, date, short}", /\{when, date, short\} is not known/],
    ["{n, number, ::currency/EUR}", /is not known/],
  ])("says in one line what is wrong with %s", (source, fault) => {
    expect(() => parseMessage(source)).toThrow(SyntaxError);
    expect(() => parseMessage(source)).toThrow(fault);
    try {
      parseMessage(source);
    } catch (error) {
      expect(String(error)).not.toContain("\n");
    }
  });
});

describe("parseMessages", () => {
  it("parses only what is more than plain text", () => {
    expect(Object.keys(parseMessages({ A: "Hello.", B: "Hello {name}.", C: "It''s" }))).toEqual(["B", "C"]);
  });
});
