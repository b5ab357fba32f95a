import type { Model, ModelDetails, ModelPage } from "@vidops/core/models";
import { describe, expect, it } from "vitest";
import { displayWidth } from "../../output/display-width.ts";
import { linesOf } from "../../testing/render.ts";
import { type ChartLook, modelsView } from "./list.view.ts";
import { parseListInput } from "./list-input.ts";
import { modelView } from "./show.view.ts";

const now = new Date("2026-11-25T12:00:00Z");
const flags = { profile: null, url: null };
const slots = [0, 3, 1, 900_000, 0, 12, 7];
const usage = {
  ...{
    jobs: 1_234_567,
    completed: 900_000,
    failed: 300_000,
    credits: 12_345_670,
    refunded: 45_678,
    refundedJobs: 9,
  },
  slots: { jobs: slots, failed: slots, credits: slots, refunded: slots },
};
const model: Model = {
  ...{
    id: "0b0e3f5a-5e1c-4b6b-9c1f-2a8d4f6e7a90",
    name: "動画モデル Kling 2.1 Master (HD)",
    category: "text-to-video",
  },
  ...{ costPerGeneration: 2_147_483_647, provider: "runway", providerModelId: "x/y", isFeatured: true },
  ...{ isAvailable: false, createdAt: "2026-11-01T00:00:00.000Z", lastJobAt: null, usage },
};
const period = { since: "2026-11-18T12:00:00.000Z", until: now.toISOString(), slotSeconds: 86_400 };
const page: ModelPage = {
  ...period,
  models: [model, { ...model, name: "\u001b[31mx\u202e" }],
  nextCursor: null,
};
const look = (width: number | null): ChartLook => ({
  ...{ width, flags, bars: width !== null, zone: width === null ? null : "UTC" },
});

describe("modelsView", () => {
  it.each([40, 60, 80, 100, 120, 200])("fits %d columns, with numbers on the right", async (width) => {
    const lines = await linesOf(modelsView(page, parseListInput([], {}, now), look(width)));
    for (const line of lines.slice(0, 3)) expect(displayWidth(line)).toBeLessThanOrEqual(width);
    const [head = "", row = ""] = lines;
    expect(head.indexOf("jobs") + "jobs".length).toBe(displayWidth(row.slice(0, row.indexOf("1234567") + 7)));
    expect(row).toContain("2147483647  disabled  1234567");
    expect(lines.join("\n")).not.toContain("\u001b");
  });

  it("draws bars on a terminal alone, and gives a pipe all of it in UTC", async () => {
    const input = parseListInput([], {}, now);
    expect((await linesOf(modelsView(page, input, look(120))))[1]).toContain("▁▂▂█▁▂▂");
    const piped = (await linesOf(modelsView(page, input, look(null)))).join("\n");
    expect(piped).not.toContain("█");
    expect(piped).toContain(model.id);
    expect(piped).toContain("Use from 2026-11-18T12:00Z to 2026-11-25T12:00Z");
  });

  it("says that there is none, or none that fits", async () => {
    const nothing = { ...page, models: [] };
    expect(await linesOf(modelsView(nothing, parseListInput([], {}, now), look(80)))).toEqual([
      "There are no models.",
    ]);
    expect(await linesOf(modelsView(nothing, parseListInput(["x"], {}, now), look(80)))).toEqual([
      "There are no models that fit.",
      "All models: vidops models list",
    ]);
  });
});

describe("modelView", () => {
  it("draws bars beside the numbers where there is room", async () => {
    const details: ModelDetails = { ...model, ...period, description: null, thumbnailUrl: null };
    const wide = await linesOf(modelView(details, look(80)));
    expect(wide).toContainEqual(expect.stringMatching(/^ {2}failed +300000 \(24 %\) +▁▂▂█▁▂▂$/));
    expect(wide).toContain("  running   34567");
    const narrow = await linesOf(modelView(details, look(30)));
    expect(narrow.join("\n")).not.toContain("█");
  });
});
