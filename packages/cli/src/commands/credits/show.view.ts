import type { CreditAudit } from "@vidops/core/credits";
import type { FoundUser } from "@vidops/core/users";
import { type Document, fields, line, toned } from "../../output/document.ts";
import type { Look } from "../../output/look.ts";
import { nextCommand } from "../next-command.ts";

export interface CreditsReport {
  readonly user: FoundUser;
  readonly proof: NonNullable<CreditAudit["user"]>;
  readonly freeVideos: CreditAudit["freeVideos"];
  readonly freeVideosCount: number;
}

/** A user's balance, totals and proof, for people. */
export function creditsView(
  { user, proof, freeVideosCount }: CreditsReport,
  { flags }: Pick<Look, "flags">,
): Document {
  return [
    line(toned(user.email ?? user.id, "strong")),
    fields([
      ["id", user.id],
      ["balance", `${proof.creditsRemaining}`],
      ["ever granted or bought", `${user.creditsTotal}`],
      ["tier", user.tier],
      ["ledger entries", `${proof.entries}`],
      ["ledger sum", `${proof.ledgerSum}`],
      ["last balance in ledger", proof.lastBalanceAfter === null ? "none" : `${proof.lastBalanceAfter}`],
      [
        "free videos",
        freeVideosCount === 0
          ? null
          : toned(`${freeVideosCount} (see ${nextCommand(["credits", "audit", user.id], flags)})`, "warning"),
      ],
    ]),
    proof.ok
      ? line(toned("The ledger proves the balance.", "good"))
      : line(toned("The ledger does not add up to the balance: something wrote past it.", "bad")),
  ];
}

/** The same as JSON data. */
export function creditsData({ user, proof, freeVideosCount }: CreditsReport): Record<string, unknown> {
  return {
    user_id: user.id,
    email: user.email,
    tier: user.tier,
    is_guest: user.isGuest,
    credits_remaining: proof.creditsRemaining,
    credits_total: user.creditsTotal,
    proof: {
      ok: proof.ok,
      ledger_sum: proof.ledgerSum,
      last_balance_after: proof.lastBalanceAfter,
      credits_remaining: proof.creditsRemaining,
      entries: proof.entries,
    },
    free_videos_count: freeVideosCount,
    created_at: user.createdAt,
  };
}
