import { describe, expect, it } from "vitest";
import { builtInErrors, builtInMessages, ErrorCode, ErrorMessages, languages } from "../errors/index.ts";
import { checkMessages } from "./index.ts";

describe("the messages of vidops", () => {
  it("are there in every language for every code, with the right placeholders and plurals", () => {
    expect(checkMessages(builtInErrors)).toEqual([]);
  });

  it("are not the same text in two languages", () => {
    for (const [code, byLanguage] of Object.entries(ErrorMessages)) {
      expect(new Set(Object.values(byLanguage)).size, code).toBe(languages.length);
    }
  });

  it("are found by code and language, as well as by language and code", () => {
    expect(ErrorMessages.ERR_4002.tr).toBe(builtInMessages.tr.ERR_4002);
    expect(Object.keys(ErrorMessages)).toEqual(Object.keys(ErrorCode));
  });

  it("have no plural in Turkish, whose nouns stay singular after a number", () => {
    expect(Object.values(builtInMessages.tr).filter((message) => message.includes("plural"))).toEqual([]);
  });

  it("choose by at most one number each, so that Android and iOS can say them", () => {
    const all = languages.flatMap((language) => Object.values(builtInMessages[language]));
    expect(all.filter((message) => message.split(", plural,").length > 2)).toEqual([]);
  });
});
