import { describe, expect, it } from "vitest";
import { escapeJsonForTerminal, sanitizeText } from "./sanitize.ts";

describe("sanitizeText", () => {
  it.each([
    ["colours", "a\u001b[31mred\u001b[0mb", "aredb"],
    ["a window title that ends with BEL", "a\u001b]0;owned\u0007b", "ab"],
    ["a link that ends with ST", "a\u001b]8;;http://evil\u001b\\click\u001b]8;;\u001b\\b", "aclickb"],
    ["an unfinished string sequence, to its end", "a\u001b]0;owned", "a"],
    ["a device control string", "a\u001bPq#0\u001b\\b", "ab"],
    ["eight-bit CSI", "a\u009b2Jb", "ab"],
    ["a full reset", "a\u001bcb", "ab"],
    ["a lone escape at the end", "a\u001b", "a"],
    ["bidi overrides", "abc\u202edef\u2066ghi\u2069", "abcdefghi"],
    ["marks and zero-width spaces", "a\u200bb\u200ec\ufeffd", "abcd"],
    ["invisible tags", "a\u{e0041}b", "ab"],
    ["backspace and carriage return", "safe\b\b\b\bevil\rover", "safeevil over"],
    ["line breaks and tabs, which become one space", "a\r\n\tb\u2028c", "a b c"],
    ["lone surrogates, which become U+FFFD", "a\ud800b", "a\ufffdb"],
  ])("takes out %s", (_, text, clean) => {
    expect(sanitizeText(text)).toBe(clean);
  });

  it("keeps emoji with joiners and text of other scripts", () => {
    const text = "👩‍🚀 Çiğdem señor שלום 数字";
    expect(sanitizeText(text)).toBe(text);
  });

  it("takes time linear in the text", () => {
    const text = "\u001b]".repeat(200_000);
    const started = performance.now();
    sanitizeText(text);
    expect(performance.now() - started).toBeLessThan(1_000);
  });
});

describe("escapeJsonForTerminal", () => {
  it("leaves the values unchanged for a parser", () => {
    const value = { text: "\u001b[31m\u009b2J\u202e\u2066\u200f" };
    const json = escapeJsonForTerminal(JSON.stringify(value));
    expect(JSON.parse(json)).toEqual(value);
    expect(json).toBe('{"text":"\\u001b[31m\\u009b2J\\u202e\\u2066\\u200f"}');
  });
});
