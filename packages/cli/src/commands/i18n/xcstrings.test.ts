import { parseMessage } from "@vidops/core/error-definitions";
import type { VariableKind } from "@vidops/core/errors";
import { describe, expect, it } from "vitest";
import type { ExportedMessage } from "./exported-message.ts";
import { toXcstrings } from "./xcstrings.ts";

function message(
  texts: Record<string, string>,
  variables: Record<string, VariableKind> = {},
  code = "APP_1",
): ExportedMessage {
  return {
    code,
    name: "name",
    meaning: "It means this.",
    variables: Object.entries(variables).map(([name, kind]) => ({ name, kind })),
    texts: Object.fromEntries(Object.entries(texts).map(([tag, source]) => [tag, parseMessage(source)])),
  };
}

function english(source: string, variables: Record<string, VariableKind> = {}) {
  const catalog = JSON.parse(toXcstrings([message({ en: source }, variables)], ["en"], "en"));
  return catalog.strings.APP_1.localizations.en;
}

const translated = (value: string) => ({ stringUnit: { state: "translated", value } });

describe("toXcstrings", () => {
  it("is laid out as Xcode writes it, keys in order", () => {
    const messages = [message({ en: "B" }, {}, "APP_2"), message({ en: 'A: "x"', tr: "Ç" })];
    expect(toXcstrings(messages, ["tr", "en"], "en")).toBe(`{
  "sourceLanguage" : "en",
  "strings" : {
    "APP_1" : {
      "comment" : "name: It means this.",
      "extractionState" : "manual",
      "localizations" : {
        "en" : {
          "stringUnit" : {
            "state" : "translated",
            "value" : "A: \\"x\\""
          }
        },
        "tr" : {
          "stringUnit" : {
            "state" : "translated",
            "value" : "Ç"
          }
        }
      }
    },
    "APP_2" : {
      "comment" : "name: It means this.",
      "extractionState" : "manual",
      "localizations" : {
        "en" : {
          "stringUnit" : {
            "state" : "translated",
            "value" : "B"
          }
        },
        "tr" : {
          "stringUnit" : {
            "state" : "translated",
            "value" : ""
          }
        }
      }
    }
  },
  "version" : "1.0"
}
`);
  });

  it("numbers arguments as the catalogue does, and says which is which", () => {
    const exported = message({ en: "{b} of {a}, {c, duration}" }, { a: "number", b: "text", c: "duration" });
    const catalog = JSON.parse(toXcstrings([exported], ["en"], "en"));
    expect(catalog.strings.APP_1.localizations.en).toEqual(translated("%2$@ of %1$lld, %3$@"));
    expect(catalog.strings.APP_1.comment).toContain("1 a (whole number), 2 b (text), 3 c (text: the length");
  });

  it("leaves a percent sign single where nothing is formatted, and doubles it where something is", () => {
    expect(english("50% off")).toEqual(translated("50% off"));
    expect(english("50% off for {who}", { who: "text" })).toEqual(translated("50%% off for %1$@"));
  });

  it("writes plurals as substitutions, several in a message, with other arguments in them", () => {
    expect(
      english(
        "{n, plural, one {# credit of {who}} other {{n} credits, 5%}} and {m, plural, other {# jobs}}",
        { n: "number", m: "number", who: "text" },
      ),
    ).toEqual({
      ...translated("%1$#@n@ and %2$#@m@"),
      substitutions: {
        m: {
          argNum: 2,
          formatSpecifier: "lld",
          variations: { plural: { one: translated("%arg jobs"), other: translated("%arg jobs") } },
        },
        n: {
          argNum: 1,
          formatSpecifier: "lld",
          variations: {
            plural: { one: translated("%arg credit of %3$@"), other: translated("%arg credits, 5%%") },
          },
        },
      },
    });
  });

  it("gives a variable that chooses twice two substitutions", () => {
    const twice = english("{n, plural, one {a} other {b}} {n, plural, one {c} other {d}}", { n: "number" });
    expect(twice.stringUnit.value).toBe("%1$#@n@ %1$#@n_2@");
    expect(twice.substitutions).toMatchObject({ n: { argNum: 1 }, n_2: { argNum: 1 } });
  });

  it.each<[string, Record<string, VariableKind>, RegExp]>([
    ["{n, plural, =0 {none} other {#}}", { n: "number" }, /APP_1 \(en\): .*=0/],
    ["{n, plural, offset:1 other {#}}", { n: "number" }, /offset:1/],
    ["{n, selectordinal, one {#st} other {#th}}", { n: "number" }, /selectordinal/],
    ["{who, select, me {I} other {they}}", { who: "text" }, /select/],
    ["{n, number, percent}", { n: "number" }, /percent/],
    ["{n, plural, other {{m, plural, other {#}}}}", { n: "number", m: "number" }, /another plural/],
  ])("refuses %j", (source, variables, says) => {
    expect(() => english(source, variables)).toThrow(says);
  });
});
