import { describe, expect, it } from "vitest";
import { checkLocale, checkMessages } from "./index.ts";

const set = {
  codes: {
    APP_1: {
      name: "short_of_credits",
      status: 402,
      retryable: false,
      variables: { required: "number", available: "number" },
      meaning: "",
      action: "",
    },
    APP_2: {
      name: "slow_down",
      status: 429,
      retryable: true,
      variables: { wait: "duration" },
      meaning: "",
      action: "",
    },
  },
} as const;
const good = {
  APP_1: "You need {required, plural, one {# credit} other {# credits}}, but have {available}.",
  APP_2: "Wait {wait, duration}.",
};
const kinds = (language: string, messages: Record<string, unknown>): string[] =>
  checkLocale(set, language, messages).map(({ code, kind, placeholder }) =>
    placeholder === null ? `${code} ${kind}` : `${code} ${kind} ${placeholder}`,
  );

describe("checkLocale", () => {
  it("finds nothing wrong with messages that are right", () => {
    expect(kinds("en", good)).toEqual([]);
    expect(kinds("de", { APP_1: "{available} von {required, number}", APP_2: "{wait, duration}" })).toEqual(
      [],
    );
  });

  it.each<[string, Record<string, unknown>, string[]]>([
    ["a missing message", { APP_1: good.APP_1 }, ["APP_2 missing_message"]],
    ["an empty one", { ...good, APP_2: " " }, ["APP_2 missing_message"]],
    ["one that is no text", { ...good, APP_2: 5 }, ["APP_2 missing_message"]],
    [
      "a placeholder that one plural case leaves out",
      { ...good, APP_1: "{required, plural, one {{available}} other {#}}" },
      ["APP_1 missing_placeholder available"],
    ],
    ["a code of nobody", { ...good, APP_3: "x" }, ["APP_3 unknown_code"]],
    ["a missing placeholder", { ...good, APP_1: "{required}" }, ["APP_1 missing_placeholder available"]],
    ["an extra one", { ...good, APP_1: `${good.APP_1} {name}` }, ["APP_1 unknown_placeholder name"]],
    [
      "a mistyped one",
      { ...good, APP_1: "{requierd} {available}" },
      ["APP_1 unknown_placeholder requierd", "APP_1 missing_placeholder required"],
    ],
    [
      "one with the name of a prototype's",
      { ...good, APP_2: "{wait, duration} {constructor}" },
      ["APP_2 unknown_placeholder constructor"],
    ],
    ["an unclosed one", { ...good, APP_2: "{wait, duration" }, ["APP_2 syntax"]],
    ["a duration written as a bare number", { ...good, APP_2: "{wait}" }, ["APP_2 wrong_kind wait"]],
    [
      "a number used to select",
      { ...good, APP_1: "{required, select, other {x}} {available}" },
      ["APP_1 wrong_kind required"],
    ],
    [
      "a lacking plural case",
      { ...good, APP_1: "{required, plural, other {#}} {available}" },
      ["APP_1 missing_plural_case required"],
    ],
    [
      "a plural case the language has not",
      { ...good, APP_1: "{required, plural, one {#} few {#} other {#}} {available}" },
      ["APP_1 missing_plural_case required"],
    ],
  ])("finds %s", (_, messages, expected) => {
    expect(kinds("en", messages)).toEqual(expected);
  });

  it("knows that Spanish needs a plural case that English lacks", () => {
    expect(checkLocale(set, "es", good)).toMatchObject([
      { kind: "missing_plural_case", message: "{required, plural} lacks the plural case many." },
    ]);
  });

  it("lets an exact case leave out what it knows", () => {
    const message = "{required, plural, =0 {nothing} one {# {available}} other {# {available}}}";
    expect(kinds("en", { ...good, APP_1: message })).toEqual([]);
  });

  it("looks into the cases of a plural", () => {
    const message = "{required, plural, one {# {typo}} other {#}} {available}";
    expect(kinds("en", { ...good, APP_1: message })).toEqual(["APP_1 unknown_placeholder typo"]);
  });
});

describe("checkMessages", () => {
  it("finds the language that lags", () => {
    const languages = ["en", "de"];
    const findings = checkMessages({
      ...set,
      languages,
      messages: { en: good, de: { APP_1: good.APP_1 } as never },
    });
    expect(findings).toMatchObject([{ language: "de", code: "APP_2", kind: "missing_message" }]);
  });
});
