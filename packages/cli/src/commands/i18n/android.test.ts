import { parseMessage } from "@vidops/core/error-definitions";
import type { VariableKind } from "@vidops/core/errors";
import { describe, expect, it } from "vitest";
import { toAndroid } from "./android.ts";
import type { ExportedMessage } from "./exported-message.ts";

function message(
  texts: Record<string, string>,
  variables: Record<string, VariableKind> = {},
  code = "APP_1",
): ExportedMessage {
  return {
    code,
    name: "name",
    meaning: "It means -- this.",
    variables: Object.entries(variables).map(([name, kind]) => ({ name, kind })),
    texts: Object.fromEntries(Object.entries(texts).map(([tag, source]) => [tag, parseMessage(source)])),
  };
}

function lines(exported: ExportedMessage, language = "en"): string[] {
  return toAndroid([exported], language).split("\n").slice(3, -2);
}

describe("toAndroid", () => {
  it("writes a resource file with what each string means", () => {
    expect(toAndroid([message({ en: "Hello." })], "en")).toBe(
      [
        '<?xml version="1.0" encoding="utf-8"?>',
        "<resources>",
        "    <!-- name: It means - this. -->",
        '    <string name="app_1">Hello.</string>',
        "</resources>",
        "",
      ].join("\n"),
    );
  });

  it.each([
    ["apostrophes and quotes", `It's "new"`, `It\\'s \\"new\\"`],
    ["backslashes", "a\\b", "a\\\\b"],
    ["a leading at sign, which would be a reference", "@home @work", "\\@home @work"],
    ["a leading question mark, which would be a theme attribute", "?what", "\\?what"],
    ["line breaks and tabs", "a\nb\tc", "a\\nb\\tc"],
    ["markup", "1 < 2 & <b>3</b>", "1 &lt; 2 &amp; &lt;b&gt;3&lt;/b&gt;"],
    ["spaces that would be collapsed", " a  b ", "\\u0020a \\u0020b\\u0020"],
    ["marks that nobody sees", "a\u200fb\u{e0067}", "a&#x200F;b&#xE0067;"],
  ])("escapes %s", (_, text, escaped) => {
    expect(lines(message({ en: text }))[0]).toBe(`    <string name="app_1">${escaped}</string>`);
  });

  it("leaves a percent sign single where nothing is formatted, and doubles it where something is", () => {
    expect(lines(message({ en: "50% off" }))[0]).toBe(
      '    <string name="app_1" formatted="false">50% off</string>',
    );
    expect(lines(message({ en: "50% off for {who}" }, { who: "text" }))[0]).toBe(
      '    <string name="app_1">50%% off for %1$s</string>',
    );
  });

  it("numbers the arguments as the catalogue does, in every language", () => {
    const exported = message(
      { en: "{a} of {b} in {c, duration}", tr: "{b} içinde {a}, {c, duration}" },
      { a: "number", b: "text", c: "duration" },
    );
    expect(lines(exported)[0]).toContain(">%1$,d of %2$s in %3$s<");
    expect(lines(exported, "tr")[0]).toContain(">%2$s içinde %1$,d, %3$s<");
  });

  it("writes a plural with the whole sentence in each case, also where the language has none", () => {
    const exported = message(
      {
        en: "You need {n, plural, one {# credit} other {# credits}}, 100%.",
        es: "{n, plural, one {# crédito} many {# de créditos} other {# créditos}}",
        tr: "{n} kredi",
      },
      { n: "number" },
    );
    expect(lines(exported)).toEqual([
      '    <plurals name="app_1">',
      '        <item quantity="one">You need %1$,d credit, 100%%.</item>',
      '        <item quantity="other">You need %1$,d credits, 100%%.</item>',
      "    </plurals>",
    ]);
    expect(lines(exported, "es")[2]).toBe('        <item quantity="many">%1$,d de créditos</item>');
    expect(lines(exported, "tr").slice(1, 3)).toEqual([
      '        <item quantity="one">%1$,d kredi</item>',
      '        <item quantity="other">%1$,d kredi</item>',
    ]);
  });

  it("takes =1 for one where that is the same", () => {
    const exported = message({ en: "{n, plural, =1 {one} other {#}}" }, { n: "number" });
    expect(lines(exported)[1]).toBe('        <item quantity="one">one</item>');
  });

  it.each<[string, Record<string, VariableKind>, RegExp]>([
    ["{n, plural, =0 {none} other {#}}", { n: "number" }, /APP_1: .*=0/],
    ["{n, plural, offset:1 other {#}}", { n: "number" }, /offset:1/],
    ["{n, selectordinal, one {#st} other {#th}}", { n: "number" }, /selectordinal/],
    ["{who, select, me {I} other {they}}", { who: "text" }, /select/],
    ["{n, number, percent}", { n: "number" }, /percent/],
    ["{n, plural, other {{m, plural, other {#}}}}", { n: "number", m: "number" }, /another plural/],
    ["{n, plural, other {#}} {m, plural, other {#}}", { n: "number", m: "number" }, /plurals of n and m/],
    ["{x}", {}, /\{x\} is no variable/],
    ["a\u0001b", {}, /control character/],
  ])("refuses %j", (source, variables, says) => {
    expect(() => toAndroid([message({ en: source }, variables)], "en")).toThrow(says);
  });

  it("names every message that it cannot write, not only the first", () => {
    const bad = (code: string) => message({ en: "{n, plural, =0 {none} other {#}}" }, { n: "number" }, code);
    expect(() => toAndroid([bad("APP_1"), bad("APP_2")], "en")).toThrow(/APP_1: .*\nAPP_2: /);
  });
});
