import { describe, expect, it } from "vitest";
import { bashReplacement, readShellLine } from "./shell-line.ts";

const breaks = " \t\n\"'@><=;|&(:";

describe("readShellLine", () => {
  it.each([
    ["vidops models sh", ["vidops", "models"], "sh"],
    ["vidops models  ", ["vidops", "models"], ""],
    ['vidops show "Kling 2', ["vidops", "show"], "Kling 2"],
    ["vidops show 'it is", ["vidops", "show"], "it is"],
    ["vidops show Kling\\ 2", ["vidops", "show"], "Kling 2"],
    ['vidops show "a b" c', ["vidops", "show", "a b"], "c"],
    ['vidops show "" x', ["vidops", "show", ""], "x"],
    ['vidops show "say \\"hi\\" $5', ["vidops", "show"], 'say "hi" $5'],
    ["vidops show 'a\\b", ["vidops", "show"], "a\\b"],
    ['vidops show a"b c"d', ["vidops", "show"], "ab cd"],
    ["vidops show $(rm -rf", ["vidops", "show", "$(rm"], "-rf"],
    ["vidops show x\\", ["vidops", "show"], "x"],
  ])("divides %j as a shell does, and expands nothing", (line, before, text) => {
    expect(readShellLine(line, breaks)).toMatchObject({ before, word: { text } });
  });
});

describe("bashReplacement", () => {
  const complete = (line: string, value: string): string =>
    bashReplacement(value, readShellLine(line, breaks).word);

  it.each([
    ["vidops show kl", "Kling 2.1", "Kling\\ 2.1"],
    ['vidops show "kl', 'Kling "2" $1`', 'Kling \\"2\\" \\$1\\`'],
    ["vidops show 'kl", "it's $1", "it'\\''s $1"],
    ["vidops show ", "a;rm -rf $HOME", "a\\;rm\\ -rf\\ \\$HOME"],
    ["vidops show ", "çok güzel (2)", "çok\\ güzel\\ \\(2\\)"],
    ["vidops list --output=j", "--output=json", "json"],
    ["vidops show ada@ex", "ada@example.com", "@example.com"],
    ["vidops show a:b", "a:bc", "bc"],
    ["vidops show a\\ b:", "a b:c", "c"],
    ['vidops show x"y z', "xy z!", "y z!"],
  ])("completes %j by %j so that bash reads the same value", (line, value, expected) => {
    expect(complete(line, value)).toBe(expected);
  });
});
