import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

function summary(
  report: object | null,
  ...steps: string[]
): { code: number | null; last: string; output: string } {
  const folder = mkdtempSync(join(tmpdir(), "vidops-summary-"));
  try {
    const file = join(folder, "tests.json");
    if (report !== null) writeFileSync(file, JSON.stringify(report));
    const { status, stdout } = spawnSync(process.execPath, [
      join(import.meta.dirname, "../.ci/summary.mjs"),
      file,
      ...steps,
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
    const { code, last, output } = summary(green, "test=0", "check=0", "demo=0");
    expect(last).toBe("122 passed, 0 failed");
    expect(output).toContain("120 passed, 0 failed, 2 skipped");
    expect(code).toBe(0);
  });

  it.each([
    [
      "a failed test",
      { ...green, numFailedTests: 3 },
      ["test=1", "check=0", "demo=0"],
      "122 passed, 3 failed",
    ],
    [
      "a file that could not be loaded",
      { ...green, testResults: [unloaded] },
      ["test=1", "check=0", "demo=0"],
      "122 passed, 1 failed",
    ],
    ["a run that failed though no test did", green, ["test=1", "check=0", "demo=0"], "122 passed, 1 failed"],
    ["a failed check and a hung demo", green, ["test=0", "check=1", "demo=124"], "120 passed, 2 failed"],
    ["tests that never ran", null, ["test=124", "check=0", "demo=0"], "2 passed, 1 failed"],
  ])("fails on %s", (_, report, steps, last) => {
    expect(summary(report, ...steps)).toMatchObject({ code: 1, last });
  });
});
