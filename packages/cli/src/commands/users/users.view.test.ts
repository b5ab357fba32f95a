import type { UserActivity, UserMatch, UserOverview } from "@vidops/core/users";
import { describe, expect, it } from "vitest";
import { displayWidth } from "../../output/display-width.ts";
import type { Document } from "../../output/document.ts";
import { linesOf } from "../../testing/render.ts";
import { usersView } from "./find.view.ts";
import type { FindInput } from "./find-input.ts";
import { overviewView } from "./show.view.ts";
import type { StatsReport } from "./stats.handler.ts";
import { statsView } from "./stats.view.ts";

const look = (width: number | null) => ({
  ...{ width, zone: width === null ? null : "Europe/Istanbul" },
  flags: { profile: null, url: null },
});
const id = "0b0e3f5a-5e1c-4b6b-9c1f-2a8d4f6e7a90";
const user: UserMatch = {
  ...{ id, email: "ada.lovelace.of.the.engine@example.com", deviceId: null, matchedBy: "email" },
  ...{ tier: "premium", creditsRemaining: 2_147_483_647, creditsTotal: 2_147_483_647 },
  ...{ isGuest: false, isAdmin: true, language: "en", bannedAt: "2026-11-01T10:00:00.000Z" },
  createdAt: "2026-01-01T10:00:00.000Z",
};
const search: FindInput = {
  ...{ text: "ada", admin: null, banned: null, guest: null, tier: null },
  ...{ limit: 50, cursor: null, words: ["users", "find", "ada"] },
};

/** The lines of tables and titles that are too wide; what is to be copied may wrap. */
async function tooWide(document: Document, width: number): Promise<string[]> {
  const tables = document.filter(({ kind }) => kind === "table");
  return (await linesOf(tables)).filter((text) => displayWidth(text) > width);
}

const createdAt = "2026-11-25T09:14:09.123Z";
const overview: UserOverview = {
  user: { ...user, publicBanReason: "x".repeat(500) },
  ban: {
    ...{ actionId: "4", reason: "y".repeat(500), ticket: "SUP-1" },
    ...{ adminEmail: "ops@example.com", adminUserId: id },
  },
  proof: { ok: true, entries: 1000, whole: false, since: createdAt },
  ledger: [
    {
      ...{ id: "1", createdAt, change: 2_147_483_647, balanceAfter: 2_147_483_647 },
      ...{ reason: "admin_refund:provider_outage", jobId: id, transactionId: null },
    },
  ],
  jobs: {
    ...{ counted: 1000, whole: false, byStatus: { pending: 1, processing: 2, completed: 990, failed: 7 } },
    latest: [
      {
        ...{ jobId: id, createdAt, completedAt: null, status: "processing", modelName: "数字".repeat(40) },
        ...{ prompt: "a fox", creditsUsed: 99, creditsRefunded: 3, errorMessage: null },
      },
    ],
  },
  actions: {
    ...{ whole: true, refunds: { count: 1, credits: 3 } },
    latest: [
      {
        ...{ id: "4711", createdAt, actionType: "credit_adjustment", adminEmail: "ops@example.com" },
        ...{ adminUserId: id, amount: -5, reason: "r".repeat(500), ticket: null, undoneBy: "4712" },
      },
    ],
  },
  approvals: [{ id: "7", actionType: "credit_refund", amount: 500, expiresAt: createdAt }],
  limits: [
    {
      action: "upscale",
      limits: [{ name: "per_user", limit: 3, remaining: 0, windowSeconds: 3600, retryAfterMs: 90_000 }],
    },
  ],
  errors: [
    {
      ...{ id: "1", createdAt, errorCode: "ERR_5001", endpoint: "/functions/v1/generate-video" },
      ...{ requestId: null, summary: `\u001b[31mtimed out ${"y".repeat(10_240)}` },
    },
  ],
};

describe("users find", () => {
  it.each([40, 60, 80, 120, 200])("fits a screen of %i cells", async (width) => {
    expect(await tooWide(usersView({ users: [user], nextCursor: null }, search, look(width)), width)).toEqual(
      [],
    );
  });

  it("cuts nothing in a pipe", async () => {
    const lines = await linesOf(usersView({ users: [user], nextCursor: null }, search, look(null)));
    expect(lines[1]).toContain(user.email);
    expect(lines[1]).toContain(id);
    expect(lines[1]).toContain("2026-01-01T10:00:00Z");
  });

  it("says that a search goes on further back, rather than that nobody fits", async () => {
    const [first, more] = await linesOf(usersView({ users: [], nextCursor: "abc" }, search, look(80)));
    expect(first).toContain("goes on further back");
    expect(more).toBe("More: vidops users find ada --cursor abc");
  });
});

describe("users show", () => {
  it.each([40, 60, 80, 120])("fits a screen of %i cells, as far as text may wrap", async (width) => {
    expect(await tooWide(overviewView(overview, look(width)), width)).toEqual([]);
  });

  it("says what has a bound, what waits, and who is limited until when", async () => {
    const shown = (await linesOf(overviewView(overview, look(80)))).join("\n");
    for (const text of [
      "the newest 1000 entries add up to it; before 2026-11-25 12:14 not looked at",
      "of the newest 1000: 990 completed, 7 failed, 2 processing, 1 pending",
      "request 7: credit refund of 500, for a second admin",
      "upscale: 3 of 3 in 1h, next in 1m 30s",
      "credit adjustment (undone)",
    ])
      expect(shown).toContain(text);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what must not be there
    expect(shown).not.toMatch(/[\u0000-\u0009\u000b-\u001f]/);
  });
});

describe("users stats", () => {
  const activity: UserActivity = {
    ...{ generations: 3_404_604, failures: 283_551, spent: 14_368_701, refunded: 851_234 },
    ...{ purchased: 8_512_300, granted: 8_580_400, adjusted: -12, activeUsers: 746_313 },
  };
  const days = Array.from({ length: 31 }, (_, at) => ({
    ...activity,
    day: `2026-10-${`${at + 1}`.padStart(2, "0")}`,
  }));
  const report: StatsReport = {
    ...{ user: null, since: "2026-10-01T00:00:00.000Z", until: createdAt },
    ...{ previousSince: "2026-08-31T00:00:00.000Z", totals: activity, previous: activity, days },
  };

  it.each([60, 80, 120])("fits a screen of %i cells, bars included", async (width) => {
    const document = statsView(report, false, { ...look(width), bars: true });
    expect(await tooWide(document, width)).toEqual([]);
    expect((await linesOf(document)).join("\n")).toMatch(/[▁-█]{8,}/);
  });

  it("fits a screen of 40 cells, without bars", async () => {
    expect(await tooWide(statsView(report, false, { ...look(40), bars: true }), 40)).toEqual([]);
  });

  it("marks what is an estimate, and gives no trend of what is below zero", async () => {
    const shown = (await linesOf(statsView(report, false, { ...look(null), bars: false }))).join("\n");
    expect(shown).toContain("~746313");
    expect(shown).toMatch(/adjusted by admins +-12\n/);
    expect(shown).toMatch(/generations +3404604 +same\n/);
  });
});
