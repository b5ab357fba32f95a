import type { JobStory, StuckJob } from "@vidops/core/jobs";
import { describe, expect, it } from "vitest";
import { linesOf } from "../../testing/render.ts";
import { underWay } from "./ask-provider.ts";
import { waited } from "./job-rows.ts";
import { nextSteps } from "./next-steps.ts";
import { showView } from "./show.view.ts";
import { stuckView } from "./stuck.view.ts";
import { timeline } from "./timeline.ts";

const now = new Date("2026-11-25T10:30:00Z");
const look = { width: null, zone: null, flags: { profile: "prod", url: null } };
const jobId = "0b0e3f5a-5e1c-4b6b-9c1f-2a8d4f6e7a90";
const story: JobStory = {
  job: {
    ...{ jobId, createdAt: "2026-11-25T10:00:00.000Z", completedAt: null, status: "processing" },
    ...{ userId: "u", email: "ada@example.com", modelId: "m", modelName: "Reel", provider: "fal" },
    ...{ providerModelId: "fal-ai/reel", providerJobId: "r-1", prompt: "a fox", settings: {} },
    ...{ creditsUsed: 4, creditsRefunded: 0, errorCode: null, errorReason: null, errorMessage: null },
    ...{ deliveredFree: false, deliveredLateAt: null, deletedAt: null, purgedAt: null },
    ...{ videoUrl: null, thumbnailUrl: null, idempotencyKey: "k", refundedUnfinishedAt: null },
    providerCheckedAt: null,
  },
  user: { isGuest: true, creditsRemaining: 6, bannedAt: null, handedOverTo: null },
  model: { isAvailable: true, costPerGeneration: 4 },
  ledger: [
    {
      ...{ id: "1", createdAt: "2026-11-25T10:00:00.000Z", userId: "u", change: -4, balanceAfter: 6 },
      ...{ reason: "video_generation", adminActionId: null },
    },
  ],
  actions: [],
  key: null,
  retriedAs: null,
};
const withJob = (job: Partial<JobStory["job"]>, more: Partial<JobStory> = {}): JobStory => ({
  ...{ ...story, ...more },
  job: { ...story.job, ...job },
});
const steps = (of: JobStory): string => nextSteps(of, now, look).join("\n");

describe("the timeline of a job", () => {
  it("is in the order of time, and of one moment in the order of cause", () => {
    const ended = withJob(
      {
        ...{ status: "failed", completedAt: "2026-11-25T10:20:00.000Z", errorCode: "ERR_5001" },
        ...{ errorReason: "generation_expired", deliveredLateAt: "2026-11-25T10:25:00.000Z" },
        deletedAt: "2026-11-25T10:22:00.000Z",
      },
      {
        ledger: [
          ...story.ledger,
          {
            ...{ id: "2", createdAt: "2026-11-25T10:20:00.000Z", userId: "u", change: 4, balanceAfter: 10 },
            ...{ reason: "generation_failed", adminActionId: "7" },
          },
        ],
      },
    );
    const words = timeline(ended).map(({ what }) => (typeof what === "string" ? what : what.text));
    expect(words).toEqual([
      "ordered",
      "4 credits charged, balance 6: video_generation",
      "4 credits given back, balance 10: generation_failed (action 7)",
      "failed: ERR_5001 generation_expired",
      "deleted by its user",
      "the video came after all, and was delivered free",
    ]);
  });
});

describe("what can be done about a job", () => {
  it("follows from how it stands, about the same project", () => {
    expect(steps(story)).toBe(
      "Ask the provider, and settle what hangs: vidops jobs stuck --settle --profile prod\n" +
        `End it, and give its credits back: vidops jobs fail ${jobId} --reason WHY --profile prod`,
    );
    expect(steps(withJob({ status: "pending", createdAt: "2026-11-25T10:29:30.000Z" }))).toMatch(
      /^It is being sent to the provider/,
    );
    expect(steps(withJob({ status: "completed" }))).toContain(`Give 4 credits back: vidops refund ${jobId}`);
    expect(steps(withJob({ status: "completed", creditsRefunded: 3 }))).toContain("Give 1 credit back");
    expect(steps(withJob({ status: "failed", creditsRefunded: 4 }))).toContain(`vidops jobs retry ${jobId}`);
    expect(steps(withJob({ status: "failed", creditsRefunded: 4 }))).not.toContain("refund");
    expect(steps(withJob({ status: "failed" }, { retriedAs: "new" }))).toContain("vidops jobs show new");
    expect(steps(withJob({ status: "failed", deliveredFree: true }))).toContain("for nothing");
    const banned = { user: { ...story.user, bannedAt: "2026-11-25T10:00:00.000Z" } };
    expect(steps(withJob({ status: "failed" }, banned))).not.toContain("retry");
  });
});

describe("a job on a screen", () => {
  it("says how long it is under way, whose it is, and that a guest ordered it", async () => {
    const text = (await linesOf(showView(story, now, look))).join("\n");
    expect(text).toMatch(/status +processing for 30m\n/);
    expect(text).toMatch(/user +ada@example.com, a guest\n/);
    expect(text).toMatch(/key +k \(expired\)\n/);
    const emptied = (
      await linesOf(showView(withJob({ status: "completed", purgedAt: "2026-11-25T10:00:00Z" }), now, look))
    ).join("\n");
    expect(emptied).not.toContain("prompt");
  });

  it("says in the list of what hangs that nothing does", async () => {
    const input = {
      olderThanSeconds: 900,
      provider: null,
      limit: 50,
      cursor: null,
      settle: false,
      dryRun: false,
    };
    const words = ["jobs", "stuck"];
    const page = { jobs: [] as StuckJob[], nextCursor: null };
    expect(await linesOf(stuckView(page, { ...input, words }, look))).toEqual([
      "Nothing hangs for more than 15m.",
    ]);
    expect(await linesOf(stuckView(page, { ...input, words, cursor: "x" }, look))).toEqual(["No more jobs."]);
  });

  it.each([
    [59, "59s"],
    [60, "1m"],
    [3_599, "59m"],
    [7_300, "2h"],
    [200_000, "2d"],
  ])("says %i seconds as %s", (seconds, text) => {
    expect(waited(seconds)).toBe(text);
  });

  it.each([
    [{ progress: null, position: null }, "runs"],
    [{ progress: 0.426, position: null }, "runs, 43 %"],
    [{ progress: null, position: 0 }, "waits there"],
    [{ progress: null, position: 3 }, "waits there, 3 before it"],
  ])("says of %j: %s", (at, text) => {
    expect(underWay(at)).toBe(text);
  });
});
