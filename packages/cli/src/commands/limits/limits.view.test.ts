import type { LimitState, LoggedRateLimit, RateLimitRule, TopRateLimits } from "@vidops/core/rate-limit";
import { describe, expect, it } from "vitest";
import { displayWidth } from "../../output/display-width.ts";
import { linesOf } from "../../testing/render.ts";
import { checkView, refusedUntil } from "./check.view.ts";
import { rulesView } from "./list.view.ts";
import { logView } from "./log.view.ts";
import { parseLogInput } from "./log-input.ts";
import { resetView } from "./reset.view.ts";
import type { Subject } from "./subject.ts";
import { topData, topView } from "./top.view.ts";
import { parseTopInput } from "./top-input.ts";

const now = new Date("2026-11-25T03:00:00Z");
const flags = { profile: null, url: null };
const hostile = "video_\u001b[31mgeneration\u202e動画動画動画動画";
const user = "0b0e3f5a-5e1c-4b6b-9c1f-2a8d4f6e7a90";

const state: LimitState = {
  ...{ name: "per_ip", per: "ip", subject: "203.0.113.7", limit: 10, windowSeconds: 3600, remaining: 0 },
  ...{ allowed: false, retryAfterMs: 90_500, resetAt: "2026-11-25T03:59:00.000Z", resetAfterMs: 3_540_000 },
};
const subject: Subject = {
  ...{ per: "ip", key: "2001:db8:1:2::/64", name: "2001:db8:1:2::/64", word: "2001:db8:1:2::/64" },
  ...{ email: null, typed: "2001:db8:1:2:3::4" },
};
const rule: RateLimitRule = {
  ...{ action: hostile, per: "global", tier: "premium", windowSeconds: 86_400, maxRequests: 1_000_000 },
  updatedAt: "2026-11-24T03:00:00.000Z",
};
const entry: LoggedRateLimit = {
  ...{ id: "4711", createdAt: "2026-11-25T02:59:58.123Z", ip: "2001:db8:aaaa:bbbb::/64", userId: user },
  ...{ action: hostile, allowed: false, requests: 100, limitName: "per_user_86400" },
};

function top(more: Partial<TopRateLimits> = {}): TopRateLimits {
  const group = { action: null, email: null, slots: Array(24).fill(1), lastAt: "2026-11-25T02:59:58.000Z" };
  return {
    ...{ by: "ip", since: "2026-11-24T03:00:00.000Z", until: "2026-11-25T03:00:00.000Z" },
    ...{ previousSince: "2026-11-23T03:00:00.000Z", loggedSince: "2026-11-20T03:00:00.000Z" },
    ...{ total: 1_234_600, previousTotal: 1_000_000, slotSeconds: 3600 },
    groups: [
      { ...group, key: "2001:db8:aaaa:bbbb::/64", denied: 1_234_567, previousDenied: 3, allowed: 7_654_321 },
      { ...group, key: null, denied: 33, previousDenied: 0, allowed: 0 },
    ],
    ...more,
  };
}

describe.each([40, 80, 120])("on a screen of %i characters", (width) => {
  const look = { width, zone: "America/St_Johns", flags };
  const views = {
    list: () => rulesView([rule], null, look),
    check: () => checkView({ subject, action: "login", limits: [state] }, look),
    log: () => logView({ entries: [entry], nextCursor: null }, parseLogInput([], {}, now), look),
    ...Object.fromEntries(
      (["ip", "user", "action", "limit"] as const).map((by) => [
        `top by ${by}`,
        () => {
          const groups = top().groups.map((group) => ({
            ...group,
            ...(by === "user" ? { key: user, email: "somebody.with.a.long.name@example.com" } : {}),
            ...(by === "action" || by === "limit" ? { action: hostile } : {}),
            ...(by === "action" ? { key: hostile } : by === "limit" ? { key: "per_user_86400" } : {}),
          }));
          return topView(top({ by, groups }), parseTopInput({ by }, now), { ...look, bars: true });
        },
      ]),
    ),
  };

  it.each(Object.keys(views))("the table of %s fits, without what a terminal would obey", async (name) => {
    const view = views[name as keyof typeof views]?.() ?? [];
    const lines = await linesOf(view.filter(({ kind }) => kind === "table"));
    expect(lines.length).toBeGreaterThan(1);
    for (const line of lines) expect(displayWidth(line), line).toBeLessThanOrEqual(width);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what must not be there
    expect(lines.join("\n")).not.toMatch(/[\u001b\u202e]/);
  });
});

describe("checkView", () => {
  it("names the bucket, until when it is refused by the database's clock, and how to let them in", async () => {
    const look = { width: null, zone: "UTC", flags: { ...flags, profile: "prod" } };
    expect(await linesOf(checkView({ subject, action: "login", limits: [state] }, look))).toEqual([
      "login: 2001:db8:1:2::/64 would be refused until 2026-11-25 03:01:30 (UTC)",
      "2001:db8:1:2:3::4 counts in the bucket 2001:db8:1:2::/64.",
      expect.stringMatching(/^limit +used +in +left +next fits +all free \(UTC\)$/),
      expect.stringMatching(/^per_ip +10 of 10 +1h +0 +in 1m 31s +2026-11-25 03:59:00$/),
      "By the rules of the free tier; of all tiers: vidops limits list login --profile prod",
      "Let them in: vidops limits reset 2001:db8:1:2::/64 login --reason WHY --profile prod",
      "What was refused: vidops limits log 2001:db8:1:2::/64 --action login --profile prod",
    ]);
  });

  it("waits for the limit that refuses longest, and for none that admits", () => {
    const admits = { ...state, allowed: true, retryAfterMs: 9_999_999 };
    const longer = { ...state, retryAfterMs: 120_000 };
    expect(refusedUntil([state, longer, admits])).toBe("2026-11-25T03:02:00.000Z");
    expect(refusedUntil([admits])).toBeNull();
  });
});

describe("topView", () => {
  const look = { width: null, zone: "UTC", bars: false, flags };

  it("says how many, how that compares, who, and where to go on", async () => {
    const input = parseTopInput({ action: "login", limit: "2" }, now);
    const lines = await linesOf(topView(top({ total: 1_234_605 }), input, look));
    expect(lines).toEqual([
      "1234605 requests refused, +23 %",
      "2026-11-24 03:00 to 2026-11-25 03:00 (UTC), against the time before",
      expect.stringMatching(/^address +refused +admitted +trend +last \(UTC\)$/),
      expect.stringMatching(/^2001:db8:aaaa:bbbb::\/64 +1234567 +7654321 +x411522 +2026-11-25 02:59:58$/),
      expect.stringMatching(/^unknown +33 +0 +new +2026-/),
      "5 more in other groups: --limit 4 shows more.",
      "Its log: vidops limits log 2001:db8:aaaa:bbbb::/64 --denied --action login --since 24h",
      "How it stands: vidops limits check 2001:db8:aaaa:bbbb::/64 login",
    ]);
  });

  it("draws bars where they are wanted", async () => {
    const lines = await linesOf(topView(top(), parseTopInput({}, now), { ...look, width: 120, bars: true }));
    expect(lines[3]).toContain("█".repeat(24));
  });

  it("tells no trend where the log does not reach back, to people and to programs", async () => {
    const young = top({ loggedSince: "2026-11-24T01:00:00.000Z" });
    const lines = await linesOf(topView(young, parseTopInput({}, now), look));
    expect(lines[0]).toBe("1234600 requests refused");
    expect(lines.join("\n")).not.toMatch(/\bnew\b/);
    expect(lines).toContain("No trend: the log begins at 2026-11-24 01:00 only.");
    expect(topData(young)).toMatchObject({ previous_total: null, groups: [{ previous_denied: null }, {}] });
  });

  it("says when nobody was refused, and keeps filters and times further back", async () => {
    const options = { by: "limit", action: "login", since: "2026-11-01", until: "2026-11-20" };
    const nothing = top({ by: "limit", groups: [], total: 0, since: "2026-11-01T00:00:00.000Z" });
    expect((await linesOf(topView(nothing, parseTopInput(options, now), look)))[1]).toBe(
      "Further back: vidops limits top --by limit --action login --since 2026-10-25T00:00:00.000Z --until 2026-11-20",
    );
    const gone = top({ total: 0, groups: [{ ...top().groups[1], denied: 0, previousDenied: 9 } as never] });
    const lines = await linesOf(topView(gone, parseTopInput({}, now), look));
    expect(lines[0]).toBe("No request refused, 1000000 before");
    expect(lines.join("\n")).not.toContain("limits log");
  });
});

describe("logView", () => {
  it("prints whole cells in a pipe, and goes on with the same filters", async () => {
    const input = parseLogInput(
      ["2001:db8:1:2::9"],
      { denied: true, action: "x", since: "1h", limit: "1" },
      now,
    );
    const lines = await linesOf(
      logView({ entries: [entry], nextCursor: "abc" }, input, { width: null, zone: "UTC", flags }),
    );
    expect(lines[0]).toBe("2001:db8:1:2::9 is logged as 2001:db8:1:2::/64.");
    expect(lines[2]).toBe(
      `2026-11-25 02:59:58  refused       100  video_generation動画動画動画動画  2001:db8:aaaa:bbbb::/64  per_user_86400  ${user}`,
    );
    expect(lines[3]).toBe(
      "More: vidops limits log 2001:db8:1:2::/64 --action x --denied --since 1h --limit 1 --cursor abc",
    );
  });

  it("says that there is nothing, or nothing that fits, or nothing more", async () => {
    const first = async (options: Record<string, unknown>) =>
      (
        await linesOf(
          logView({ entries: [], nextCursor: null }, parseLogInput([], options, now), {
            width: null,
            zone: "UTC",
            flags,
          }),
        )
      )[0];
    expect(await first({})).toBe("No requests are in the log.");
    expect(await first({ allowed: true })).toBe("No requests are in the log that fit.");
    expect(await first({ cursor: "abc" })).toBe("No more requests.");
  });
});

describe("resetView", () => {
  it("says of whom, as what was typed counts, and that nothing was there", async () => {
    const report = {
      actionType: "rate_limit_reset" as const,
      ...{ target: subject, action: "login", project: "https://x.supabase.co", reason: "why" },
      ...{ ticket: "SUP-1", actingAdmin: null },
      answer: {
        ...{ actionId: "7", cleared: [state], dryRun: false, changed: true },
        ...{ needsApproval: null, adminUserId: null },
      },
    };
    const lines = await linesOf(resetView(report, { width: null, zone: "UTC", flags }));
    expect(lines).toContain("  for      2001:db8:1:2::/64 (where 2001:db8:1:2:3::4 counts)");
    expect(lines).toContain("  acting   the signed-in admin");
    expect(lines.slice(-2)).toEqual([
      "Recorded as admin action 7.",
      "This cannot be undone: the counts are gone, and the whole limit is there again.",
    ]);
    expect(lines).toContain("  ticket   SUP-1");
    const nothing = await linesOf(
      resetView(
        { ...report, answer: { ...report.answer, cleared: [], changed: false } },
        { width: null, zone: "UTC", flags },
      ),
    );
    expect(nothing[0]).toMatch(/^Nothing to reset: login counts nothing for 2001:db8:1:2::\/64 \(where/);
  });
});
