import { describe, expect, it } from "vitest";
import { negotiateLanguage } from "./index.ts";

describe("negotiateLanguage", () => {
  it.each([
    ["tr", "tr", "a plain tag"],
    ["tr-TR,tr;q=0.9,en;q=0.8", "tr", "what a Turkish browser sends"],
    ["es-419,es;q=0.9", "es", "a region that is a number"],
    ["tr-Latn-TR", "tr", "a script and a region, both left off"],
    ["TR-tr", "tr", "any case"],
    ["de,fr;q=0.9,es;q=0.1", "es", "the first that is supported"],
    ["en;q=0.5,es;q=0.9", "es", "weights before order"],
    ["es,tr", "es", "order among equals"],
    ["en;q=0.9,es;q=0.90", "en", "equal weights that are written differently"],
    [" tr ; q=0.8 ,\ten;q=0.7", "tr", "spaces and tabs"],
    ["tr;Q=0.3, es;q=0.2", "tr", "a capital Q"],
    [",,tr,", "tr", "empty elements"],
    ["*", "en", "any language: the preferred one"],
    ["de, *;q=0.1", "en", "any other language"],
    ["en;q=0.1, *", "tr", "any language but the one that is named lower"],
    ["en-GB;q=0.5, *;q=0.9", "tr", "any language but one that falls back from a named range"],
    ["tr;q=0, *", "en", "a refusal"],
    ["en;q=0, *", "tr", "a refusal of the preferred one"],
    ["tr-TR, tr;q=0, es;q=0.1", "es", "a refusal that a region must not get round"],
    ["tr-CY;q=0, tr", "tr", "a refusal of one region alone"],
    ["*;q=0", "en", "a refusal of everything"],
    ["tr, *;q=0", "tr", "nothing but this"],
    ["en;q=0", "en", "nothing fits"],
    ["de, fr", "en", "nothing supported"],
    ["ku-TR", "en", "Kurdish is not Turkish"],
    ["ca", "en", "Catalan is not Spanish"],
    ["t", "en", "a tag that is only the start of another"],
    ["trr", "en", "a tag that starts like another"],
  ])("%s is %s: %s", (header, expected) => {
    expect(negotiateLanguage(header)).toBe(expected);
  });

  it.each([
    ["tr;q=abc", "en"],
    ["tr;q=2", "en"],
    ["tr;q=-1", "en"],
    ["tr;q=", "en"],
    ["tr;q", "en"],
    ["tr;level=1", "en"],
    ["tr es", "en"],
    ["tr;q=1.5, es;q=0.1", "es"],
    ["tr\u0000, es", "es"],
    ["\u001b[31mtr, es", "es"],
    ["tr\r\nX-Evil: 1", "en"],
    ["ｔｒ, es", "es"],
    ["../../etc/passwd", "en"],
    ["__proto__, constructor", "en"],
    [";;;===", "en"],
    ["💥", "en"],
  ])("passes over what is malformed: %j is %s", (header, expected) => {
    expect(negotiateLanguage(header)).toBe(expected);
  });

  it.each([null, undefined, "", " ", 5, {}, ["tr"]])(
    "answers the fallback when there is no header: %j",
    (header) => {
      expect(negotiateLanguage(header as string)).toBe("en");
      expect(negotiateLanguage(header as string, { fallback: "es" })).toBe("es");
    },
  );

  it("chooses among the languages that an app supports, in their own spelling", () => {
    const supported = ["pt-BR", "zh-Hant", "en"];
    expect(negotiateLanguage("pt", { supported })).toBe("pt-BR");
    expect(negotiateLanguage("pt-br;q=0.4", { supported })).toBe("pt-BR");
    expect(negotiateLanguage("zh-hant-tw", { supported })).toBe("zh-Hant");
    expect(negotiateLanguage("zh-Hant-x-private, en;q=0.1", { supported })).toBe("zh-Hant");
    expect(negotiateLanguage("zh;q=0, zh-Hant", { supported })).toBe("zh-Hant");
    expect(negotiateLanguage("zh-Hant, zh;q=0", { supported })).toBe("zh-Hant");
    expect(negotiateLanguage("zh-Hant;q=0, zh", { supported })).toBe("en");
    const chinese = { supported: ["en", "zh-Hans", "zh-Hant"] };
    expect(negotiateLanguage("zh-TW", chinese)).toBe("zh-Hant");
    expect(negotiateLanguage("zh-CN", chinese)).toBe("zh-Hans");
    expect(negotiateLanguage("zh", chinese)).toBe("zh-Hans");
    expect(negotiateLanguage("zh-HK", { supported: ["zh-CN", "zh-TW"] })).toBe("zh-TW");
    expect(negotiateLanguage("es-MX", { supported: ["es-ES", "es"] })).toBe("es");
    expect(negotiateLanguage("tr", { supported, fallback: "pt-BR" })).toBe("pt-BR");
    expect(negotiateLanguage("tr", { supported: [] })).toBe("en");
  });

  it("reads no more than a bounded part of a hostile header", () => {
    expect(negotiateLanguage(`${"de,".repeat(50_000)}tr`)).toBe("en");
    expect(negotiateLanguage(`tr,${"de,".repeat(50_000)}`)).toBe("tr");
    // The cut goes through "es-419": what is left of it must not count.
    expect(negotiateLanguage(`${"d".repeat(2045)},es-419,${"x".repeat(100)}`)).toBe("en");
  });
});
