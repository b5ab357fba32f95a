import { describe, expect, it } from "vitest";
import { filterWords, normalizeCode, parseFilters } from "./error-filters.ts";

describe("parseFilters", () => {
  it("brings what people type into the form in which it is stored", () => {
    const filters = parseFilters({
      ...{ code: " err_6001", user: "Ada@Example.com", language: "PT-br" },
      ...{ fingerprint: "00AA11bb22cc33dd", requestId: "req_1" },
    });
    expect(filters).toEqual({
      ...{ code: "ERR_6001", user: "Ada@Example.com", language: "pt-BR" },
      ...{ fingerprint: "00aa11bb22cc33dd", requestId: "req_1", endpoint: null },
    });
    expect(filterWords(filters).join(" ")).toBe(
      "--code ERR_6001 --user Ada@Example.com --language pt-BR --fingerprint 00aa11bb22cc33dd --request-id req_1",
    );
  });

  it.each([
    [{ code: " " }, /--code is blank/],
    [{ endpoint: "" }, /--endpoint is blank/],
    [{ user: "ada" }, /--user must be a user's id or email/],
    [{ language: "türkçe" }, /--language must be a language tag/],
    [{ fingerprint: "xyz" }, /--fingerprint must be 16 hexadecimal digits/],
    [{ requestId: "x".repeat(501) }, /--request-id is 501 characters long/],
  ])("refuses %j", (options, says) => {
    expect(() => parseFilters(options)).toThrow(says);
  });
});

describe("normalizeCode", () => {
  it.each([
    ["4001", "ERR_4001"],
    ["err_4001", "ERR_4001"],
    ["Err-4001", "ERR_4001"],
    ["APP_1001", "APP_1001"],
    ["app_1001", "app_1001"],
    ["ERR_40011", "ERR_40011"],
  ])("%s is %s", (typed, code) => {
    expect(normalizeCode(typed)).toBe(code);
  });
});
