import type { Refund } from "@vidops/core/credits";
import { describe, expect, it } from "vitest";
import type { Look } from "../../output/look.ts";
import { renderDocument } from "../../output/render-document.ts";
import { type RefundReport, refundPlanView, refundView } from "./refund.view.ts";

const answer: Refund = {
  ...{ actionId: "42", changed: true, dryRun: false, adminUserId: null, needsApproval: null },
  ...{ userId: "u-1", email: "ada@example.com", jobId: "j-1", amount: 6 },
  ...{ previousBalance: 10, newBalance: 16, replayed: false, undoneBy: null },
  ...{ jobStatus: "failed", jobCreditsUsed: 10, jobCreditsRefunded: 8 },
};
const report: RefundReport = {
  ...{ actionType: "credit_refund", target: { jobId: "j-1" }, answer },
  project: "https://abc.supabase.co (profile prod)",
  ...{ reason: "outage", ticket: null, reasonCode: null, idempotencyKey: "k" },
  actingAdmin: "ops@example.com",
};
const look: Look = { width: null, zone: null, flags: { profile: null, url: null } };
/** The same refund with another answer. */
const answered = (more: Partial<Refund>): RefundReport => ({ ...report, answer: { ...answer, ...more } });
const text = (document: ReturnType<typeof refundView>): Promise<string> => renderDocument(document, false);

describe("the view of a refund", () => {
  it("shows who, what, before and after, and where, before it is done", async () => {
    expect(await text(refundPlanView(answered({ actionId: null, dryRun: true }), look))).toBe(
      [
        "Refund 6 credits to ada@example.com",
        "  project  https://abc.supabase.co (profile prod)",
        "  user     ada@example.com (u-1)",
        "  balance  10 → 16",
        "  job      j-1, failed, refunded 2 → 8 of 10",
        "  reason   outage",
        "  acting   ops@example.com",
        "  key      k",
        "",
      ].join("\n"),
    );
  });

  it("says what it did, where it is recorded and how it is taken back", async () => {
    const shown = await text(refundView(report, look));
    expect(shown).toMatch(/^Refunded 6 credits to ada@example.com\n/);
    expect(shown).toContain("admin action 42");
    expect(shown).toContain("vidops actions undo 42");
  });

  it("says that a replay did nothing twice, and a dry run nothing at all", async () => {
    expect(await text(refundView(answered({ replayed: true }), look))).toContain("nothing was done twice");
    expect(await text(refundView(answered({ replayed: true, undoneBy: "43" }), look))).toContain(
      "undone since, by admin action 43",
    );
    expect(await text(refundView(answered({ dryRun: true }), look))).toContain("nothing was changed");
  });

  it("warns of a job that had not ended", async () => {
    expect(await text(refundView(answered({ jobStatus: "processing" }), look))).toContain(
      "its video was free",
    );
    expect(await text(refundView(report, look))).not.toContain("its video was free");
  });

  it("lets no escape code of an email through", async () => {
    const shown = await text(
      refundView({ ...answered({ email: "\u001b[2J\u202eevil@example.com" }), reason: "a\nb" }, look),
    );
    // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what must not be there
    expect(shown).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u202e]/);
    expect(shown).toContain("  reason   a b\n");
  });

  it("says 1 credit", async () => {
    expect(await text(refundView(answered({ amount: 1 }), look))).toContain("Refunded 1 credit to");
  });
});
