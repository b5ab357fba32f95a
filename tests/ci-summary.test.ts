import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

/** Runs the summary; a step's second part is what vitest reported, or null when it wrote nothing. */
function summary(...steps: readonly (string | readonly [string, object | null])[]): {
  code: number | null;
  last: string;
  output: string;
} {
  const folder = mkdtempSync(join(tmpdir(), "vidops-summary-"));
  try {
    const words = steps.map((step, at) => {
      if (typeof step === "string") return step;
      const [word, report] = step;
      const file = join(folder, `${at}.json`);
      if (report !== null) writeFileSync(file, JSON.stringify(report));
      return `${word}:${file}`;
    });
    const { status, stdout } = spawnSync(process.execPath, [
      join(import.meta.dirname, "../.ci/summary.mjs"),
      ...words,
    ]);
    const lines = stdout.toString().trim().split("\n");
    return { code: status, last: lines.at(-1) ?? "", output: lines.join("\n") };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const green = { numPassedTests: 120, numFailedTests: 0, numPendingTests: 2, testResults: [] };
const unloaded = { name: "a.test.ts", status: "failed", assertionResults: [] };

describe("the end of a CI run", () => {
  it("counts tests and steps, and exits 0 when all passed", () => {
    const { code, last, output } = summary(["test=0", green], "check=0", "demo=0");
    expect(last).toBe("122 passed, 0 failed");
    expect(output).toContain("test: 120 passed, 0 failed, 2 skipped");
    expect(code).toBe(0);
  });

  it("counts a second run of tests too, and names the run that failed", () => {
    const once = { ...green, numPassedTests: 30 };
    expect(summary(["test=0", green], ["turkish=0", once])).toMatchObject({
      code: 0,
      last: "150 passed, 0 failed",
    });
    const red = summary(["test=0", green], ["turkish=1", { ...once, numFailedTests: 1 }], "check=0");
    expect(red).toMatchObject({ code: 1, last: "151 passed, 1 failed" });
    expect(red.output).toContain("turkish: 30 passed, 1 failed, 2 skipped");
  });

  it.each([
    ["a failed test", ["test=1", { ...green, numFailedTests: 3 }], "122 passed, 3 failed"],
    [
      "a file that could not be loaded",
      ["test=1", { ...green, testResults: [unloaded] }],
      "122 passed, 1 failed",
    ],
    ["a run that failed though no test did", ["test=1", green], "122 passed, 1 failed"],
    ["tests that never ran", ["test=124", null], "2 passed, 1 failed"],
    ["tests that say they are fine and left no report", ["test=0", null], "2 passed, 1 failed"],
  ] as const)("fails on %s", (_, test, last) => {
    expect(summary(test, "check=0", "demo=0")).toMatchObject({ code: 1, last });
  });

  it("fails on a failed check, a hung demo, and a step whose exit nobody can read", () => {
    expect(summary(["test=0", green], "check=1", "demo=124")).toMatchObject({
      code: 1,
      last: "120 passed, 2 failed",
    });
    expect(summary("demo=").code).toBe(1);
  });
});
