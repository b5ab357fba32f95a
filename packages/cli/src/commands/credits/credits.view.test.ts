import type { CreditAudit, CreditHistory } from "@vidops/core/credits";
import { describe, expect, it } from "vitest";
import { displayWidth } from "../../output/display-width.ts";
import { linesOf } from "../../testing/render.ts";
import { auditView } from "./audit.view.ts";
import { historyView } from "./history.view.ts";

const id = "0b0e3f5a-5e1c-4b6b-9c1f-2a8d4f6e7a90";
const hostile = `\u001b[31m\u202e=1+1${"x".repeat(10_240)}`;
const flags = { profile: "prod", url: null };
const history: CreditHistory = {
  entries: [
    {
      ...{ id: "1", userId: id, change: -1_234_567, balanceAfter: 7_654_321, reason: hostile, jobId: id },
      ...{ transactionId: null, createdAt: "2026-11-25T09:14:09.123Z" },
    },
  ],
  nextCursor: "abc",
};
const proof = {
  ...{ userId: id, email: `${"x".repeat(200)}@example.com`, ok: false, entries: 3 },
  ...{ ledgerSum: 1_234_567, lastBalanceAfter: 7_654_321, creditsRemaining: 7 },
};
const audit: CreditAudit = {
  ...{ usersChecked: 2, usersDrifted: 1, drift: [proof], user: null, freeVideosCount: 1, nextCursor: null },
  freeVideos: [
    { jobId: id, userId: id, creditsRefunded: 4, refundedAt: null, completedAt: "2026-11-25T09:14:09Z" },
  ],
};

describe.each([40, 60, 80, 120])("on a screen of %i cells", (width) => {
  const look = { width, zone: "Asia/Kathmandu", flags };

  it("the ledger and the audit fit, without what a terminal would obey", async () => {
    const tables = [...historyView(history, ["credits", "history"], look), ...auditView(audit, look)];
    const lines = await linesOf(tables.filter(({ kind }) => kind === "table"));
    expect(lines.length).toBe(6);
    for (const line of lines) expect(displayWidth(line), line).toBeLessThanOrEqual(width);
    expect(lines.join("\n")).toContain("14:59:09");
    // biome-ignore lint/suspicious/noControlCharactersInRegex: what a terminal would obey is what is looked for
    expect(lines.join("\n")).not.toMatch(/[\u001b\u202e]/);
  });
});

describe("historyView", () => {
  it("is whole in a pipe, with times as data has them, and names the same list for its next page", async () => {
    const words = ["credits", "history", "ada@example.com", "--limit", "1"];
    const lines = await linesOf(historyView(history, words, { width: null, zone: null, flags }));
    expect(lines[0]).toMatch(/^time +change +balance +reason +job$/);
    expect(lines[1]).toMatch(/^2026-11-25T09:14:09Z +-1234567 +7654321 +=1\+1x+ +0b0e3f5a-/);
    expect(lines[2]).toBe(
      "More: vidops credits history ada@example.com --limit 1 --cursor abc --profile prod",
    );
  });
});
