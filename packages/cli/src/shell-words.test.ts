import { describe, expect, it } from "vitest";
import { optionWords, quoteForShell } from "./shell-words.ts";

describe("quoteForShell", () => {
  it.each([
    ["plain-word_1.5", "plain-word_1.5"],
    ["two words", "'two words'"],
    ["", "''"],
    ["$(id)", "'$(id)'"],
    ["a\nb", "'a\nb'"],
    ["*", "'*'"],
    ["~root", "'~root'"],
  ])("writes %j as %s", (word, quoted) => {
    expect(quoteForShell(word)).toBe(quoted);
  });
});

describe("optionWords", () => {
  it("joins a value to its option that would be taken for an option", () => {
    expect(optionWords("--reason", "--yes")).toEqual(["--reason=--yes"]);
    expect(optionWords("--amount", 5)).toEqual(["--amount", "5"]);
    expect(optionWords("--ticket", null)).toEqual([]);
  });
});
