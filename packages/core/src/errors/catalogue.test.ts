import { describe, expect, it } from "vitest";
import { checkMessages } from "../error-definitions/index.ts";
import { builtInErrors, builtInMessages, catalogue, ErrorCode, ErrorMessages, languages } from "./index.ts";

const rows = Object.entries(catalogue);

describe("the catalogue", () => {
  it("has one row for each code, and no other", () => {
    expect(Object.keys(catalogue)).toEqual(Object.keys(ErrorCode));
  });

  it("gives each code a name of its own, in the form of a machine name", () => {
    const names = rows.map(([, { name }]) => name);
    expect(new Set(names).size).toBe(names.length);
    expect(names.filter((name) => !/^[a-z]+(_[a-z]+)*$/.test(name))).toEqual([]);
  });

  it("keeps the statuses that are public API", () => {
    const statuses = Object.fromEntries(rows.map(([code, { status }]) => [code, status]));
    expect(statuses).toMatchObject({
      ERR_4001: 402,
      ERR_4002: 400,
      ERR_4003: 400,
      ERR_4004: 429,
      ERR_4005: 401,
      ERR_4006: 403,
      ERR_4007: 404,
      ERR_5001: 504,
      ERR_5002: 502,
      ERR_5003: 502,
    });
    expect(rows.filter(([code, { status }]) => code.startsWith("ERR_6") && status !== 500)).toEqual([]);
  });

  it("says of each code what it means and what to do, in sentences", () => {
    for (const [, { meaning, action }] of rows) {
      expect(meaning).toMatch(/^[A-Z].*\.$/s);
      expect(action).toMatch(/^[A-Z].*\.$/s);
    }
  });
});

describe("the messages", () => {
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
