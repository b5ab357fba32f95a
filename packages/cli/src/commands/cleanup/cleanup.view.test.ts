import { describe, expect, it } from "vitest";
import { linesOf } from "../../testing/render.ts";
import { type CleanupRun, cleanupPlanView } from "./cleanup.view.ts";
import { targetNames } from "./cleanup-input.ts";

describe("what a cleanup would delete", () => {
  it.each([70, 80, 100])("is named whole, with its whole age, on a screen of %i cells", async (width) => {
    const run: CleanupRun = {
      targets: targetNames.map((target) => ({
        ...{ target, deleted: 0, batches: 0, wouldDelete: 12_345, more: true, actionIds: [] },
        olderThan: "2026-11-18T20:01:21.000Z",
      })),
      ...{ deleted: 0, dryRun: true, interrupted: false, project: "http://127.0.0.1", reason: "retention" },
      ...{ ticket: null, actor: "the secret key" },
    };
    const look = { width, zone: "Europe/Istanbul", flags: { profile: null, url: null } };
    const rows = (await linesOf(cleanupPlanView(run, look))).slice(2, 2 + targetNames.length);
    expect(rows.map((row) => row.split(" ")[0])).toEqual(targetNames);
    for (const row of rows) {
      expect(row).toContain("  2026-11-18 23:01:21  ");
      expect(row.length).toBeLessThanOrEqual(width);
    }
  });
});
