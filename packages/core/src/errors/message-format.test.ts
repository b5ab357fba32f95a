import { describe, expect, it } from "vitest";
import { parseMessage } from "../error-definitions/index.ts";
import { type MessageValues, writeMessage } from "./message-format.ts";

const write = (source: string, language: string, values: Record<string, string | number | bigint>): string =>
  writeMessage(parseMessage(source), language, new Map(Object.entries(values)) as MessageValues);

describe("writeMessage", () => {
  it("writes shares and whole numbers as the language does", () => {
    expect(write("{n, number, percent}", "en", { n: 0.5 })).toBe("50%");
    expect(write("{n, number, percent}", "tr", { n: 0.5 })).toBe("%50");
    expect(write("{n, number, integer}", "es", { n: 12345.6 })).toBe("12.346");
    expect(write("{n, number}", "en", { n: 12345678901234567890n })).toBe("12,345,678,901,234,567,890");
  });

  it("takes an exact case before the category, and counts from the offset", () => {
    const source =
      "{n, plural, offset:1 =0 {nobody} =1 {only you} one {you and # other} other {you and # others}}";
    expect([0, 1, 2, 3].map((n) => write(source, "en", { n }))).toEqual([
      "nobody",
      "only you",
      "you and 1 other",
      "you and 2 others",
    ]);
  });

  it("knows ordinal numbers", () => {
    const source = "{n, selectordinal, one {#st} two {#nd} few {#rd} other {#th}}";
    expect([1, 2, 3, 4, 21].map((n) => write(source, "en", { n }))).toEqual([
      "1st",
      "2nd",
      "3rd",
      "4th",
      "21st",
    ]);
  });

  it("selects by text, and has no case but its own", () => {
    const source = "{who, select, me {mine} other {theirs}}";
    expect(
      ["me", "you", "constructor", "toString", "__proto__", ""].map((who) => write(source, "en", { who })),
    ).toEqual(["mine", "theirs", "theirs", "theirs", "theirs", "theirs"]);
  });

  it("keeps the number of a plural inside a select", () => {
    const source = "{n, plural, other {# {who, select, other {of #}}}}";
    expect(write(source, "en", { n: 3, who: "x" })).toBe("3 of 3");
  });
});
