import { describe, expect, it } from "vitest";
import { quoteForShell } from "./shell-words.ts";

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
