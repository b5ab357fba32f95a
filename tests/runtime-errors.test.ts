import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { readObserved, runtimeErrors } from "../scripts/generate/runtime-errors.ts";
import { failureCases } from "./runtimes/failure-cases.ts";

describe("the page of how fetch fails", () => {
  it("says what was observed last", () => {
    const page = readFileSync(join(import.meta.dirname, "../docs/runtime-errors.md"), "utf8");
    expect(page.replaceAll("\r\n", "\n")).toBe(runtimeErrors());
  });

  it("has every case in the overview, and tells of a request that a runtime sent again", () => {
    const observed = readObserved();
    for (const { name } of failureCases) expect(runtimeErrors(observed)).toContain(`| ${name} | `);
    const thrown = { name: "Error", message: "read ECONNRESET | `x`\n", code: "ECONNRESET" };
    const page = runtimeErrors({
      ...observed,
      node: { ...observed.node, "reset before headers": { thrown, requests: 2 } },
    });
    expect(page).toContain("| reset before headers | may be sent ×2 |");
    expect(page).toContain("| `Error: read ECONNRESET \\| 'x'\\n` (code ECONNRESET) |");
  });
});
