import type { JobStory, StuckJob } from "@vidops/core/jobs";
import { describe, expect, it } from "vitest";
import { plain } from "../../output/columns.ts";
import { linesOf } from "../../testing/render.ts";
import { underWay } from "./ask-provider.ts";
import { waited } from "./job-rows.ts";
import { listView } from "./list.view.ts";
import { nextSteps } from "./next-steps.ts";
import { settledView } from "./settle.view.ts";
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
    const words = timeline(ended).map(({ what }) => plain(what));
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

describe("the end of a job in its timeline", () => {
  const failed = { status: "failed", completedAt: "2026-11-25T10:20:00.000Z" } as const;
  it.each<[Partial<JobStory["job"]>, string]>([
    [{ errorCode: "ERR_5001", errorReason: "timed_out", errorMessage: "late" }, "failed: ERR_5001 timed_out"],
    [{ errorMessage: "provider timeout" }, "failed: provider timeout"],
    [{}, "failed"],
  ])("says of %j why it failed, as far as that is known", (error, text) => {
    const words = timeline(withJob({ ...failed, ...error })).map(({ what }) => plain(what));
    expect(words.at(-1)).toBe(text);
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

  it.each([80, 100])("is named whole in lists of %i cells, so that its id can be copied", async (width) => {
    const screen = { ...look, width, zone: "UTC" };
    const of = { ...story.job, email: "a.long.name.of.somebody@example.com", waitingSeconds: 1_500 };
    const jobs = ["pending", "processing"].map((status) => ({ ...of, status }));
    const input = { words: [], cursor: null } as never;
    for (const view of [stuckView, listView]) {
      const lines = await linesOf(view({ jobs, nextCursor: null } as never, input, screen));
      const rows = lines.slice(1, 3);
      expect(rows.join("\n")).toMatch(new RegExp(`${jobId}  pending .*a\\.long.*\n.*${jobId}  processing `));
      expect(Math.max(...rows.map((row) => row.length))).toBeLessThanOrEqual(width);
    }
  });

  it.each([80, 100])("that was settled is told whole on a screen of %i cells", async (width) => {
    const screen = { ...look, width, zone: "UTC" };
    const error = new Error("fal does not know the job, which may be one of another account");
    const settled = [
      { job: { ...story.job, waitingSeconds: 1_500 }, outcome: { outcome: "error" as const, error } },
    ];
    const run = { settled, jobs: [1], missing: null, more: false, dryRun: false, words: [] } as never;
    const text = (await linesOf(settledView(run, screen))).join("\n");
    expect(text).toContain(`${jobId}  `);
    expect(text).toContain(`not settled: ${error.message}\n`);
  });

  it("tells whole what happened to it on every screen", async () => {
    const reason = "a reason that takes more room than there is beside the time on a narrow screen";
    const entry = { ...story.ledger[0], reason } as JobStory["ledger"][number];
    const lines = await linesOf(showView(withJob({}, { ledger: [entry] }), now, { ...look, width: 80 }));
    expect(lines.join("\n")).toContain(reason);
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
