import { describe, expect, it } from "vitest";
import type { VariableKind } from "../errors/index.ts";
import { defineErrors } from "./index.ts";

/** How an app's message is written for a value of its variable `n`, and another one for `who`. */
function write(source: string, language: "en" | "tr" | "es", n: unknown, who?: string): string {
  const variables: Record<string, VariableKind> = { n: "number", ...(who !== undefined && { who: "text" }) };
  const { formatMessage } = defineErrors({
    codes: { APP_1: { name: "x", status: 400, retryable: false, variables, meaning: "X.", action: "X." } },
    languages: ["en", ...(language === "en" ? [] : [language])] as never,
    messages: { en: { APP_1: source }, ...(language !== "en" && { [language]: { APP_1: source } }) } as never,
  });
  return (formatMessage as (...given: unknown[]) => string)("APP_1", language, { n, who });
}

describe("a message of an app", () => {
  it("writes shares and whole numbers as the language does", () => {
    expect(write("{n, number, percent}", "en", 0.5)).toBe("50%");
    expect(write("{n, number, percent}", "tr", 0.5)).toBe("%50");
    expect(write("{n, number, integer}", "es", 12345.6)).toBe("12.346");
    expect(write("{n, number}", "en", 12345678901234567890n)).toBe("12,345,678,901,234,567,890");
  });

  it("takes an exact case before the category, and counts from the offset", () => {
    const source =
      "{n, plural, offset:1 =0 {nobody} =1 {only you} one {you and # other} other {you and # others}}";
    expect([0, 1, 2, 3].map((n) => write(source, "en", n))).toEqual([
      "nobody",
      "only you",
      "you and 1 other",
      "you and 2 others",
    ]);
  });

  it("knows ordinal numbers", () => {
    const source = "{n, selectordinal, one {#st} two {#nd} few {#rd} other {#th}}";
    expect([1, 2, 3, 4, 21].map((n) => write(source, "en", n))).toEqual(["1st", "2nd", "3rd", "4th", "21st"]);
  });

  it("selects by text, and has no case but its own", () => {
    const source = "{n}: {who, select, me {mine} other {theirs}}";
    expect(
      ["me", "you", "constructor", "toString", "__proto__", ""].map((who) => write(source, "en", 1, who)),
    ).toEqual(["1: mine", "1: theirs", "1: theirs", "1: theirs", "1: theirs", "1: theirs"]);
  });

  it("keeps the number of a plural inside a select", () => {
    const source = "{n, plural, other {# {who, select, other {of #}}} one {{who}}}";
    expect(write(source, "en", 3, "x")).toBe("3 of 3");
  });
});
