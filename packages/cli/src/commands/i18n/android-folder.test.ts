import { describe, expect, it } from "vitest";
import { androidFolder } from "./android-folder.ts";

describe("androidFolder", () => {
  it.each([
    ["tr", "values-tr"],
    ["fil", "values-fil"],
    ["pt-BR", "values-pt-rBR"],
    ["PT-br", "values-pt-rBR"],
    ["es-419", "values-b+es+419"],
    ["zh-Hant", "values-b+zh+Hant"],
    ["zh-Hant-TW", "values-b+zh+Hant+TW"],
    ["sr-Latn-RS", "values-b+sr+Latn+RS"],
    ["ca-valencia", "values-b+ca+valencia"],
    ["ca-ES-valencia", "values-b+ca+ES+valencia"],
    ["tr-TR-u-nu-latn", "values-tr-rTR"],
  ])("of %s is %s", (language, folder) => {
    expect(androidFolder(language, false)).toBe(folder);
  });

  it("of the language that others fall back to has no name of it", () => {
    expect(androidFolder("es-419", true)).toBe("values");
  });
});
