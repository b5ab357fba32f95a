import { catalogue } from "@vidops/core/errors";
import { describe, expect, it } from "vitest";
import { errorReference } from "../scripts/generate/error-reference.ts";

describe("the page of error codes", () => {
  it("has a line in an overview and a section of its own for every code", () => {
    const page = errorReference();
    for (const [code, { name }] of Object.entries(catalogue)) {
      expect(page).toContain(`| [${code}](#${code.toLowerCase()}) | \`${name}\` |`);
      expect(page.match(new RegExp(`^### ${code}$`, "gm"))).toHaveLength(1);
    }
  });

  it("lets no message break its table", () => {
    const row = { ...catalogue.ERR_4002, meaning: "This\nor | that.", variables: { who: "text" } } as const;
    const message = { en: "`{who}` | {who}", tr: "x", es: "y" };
    const page = errorReference({ ERR_4999: row }, { ERR_4999: message });
    expect(page).toContain("| This or \\| that. |");
    expect(page).toContain("| en | `` `{who}` \\| {who} `` |");
    expect(page).toContain("Variables: `who` (text).");
  });
});
