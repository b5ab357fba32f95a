import type { CreditAudit, LedgerProof } from "@vidops/core/credits";
import { type Block, type Document, line, table, toned } from "../../output/document.ts";
import type { Result } from "../../output/output.ts";

const columns = [
  "user_id",
  "email",
  "ledger_sum",
  "last_balance_after",
  "credits_remaining",
  "entries",
] as const;

/** The audit, for people: the verdict first, then what is wrong. */
export function auditView(audit: CreditAudit): Document {
  const { usersChecked, usersDrifted, drift } = audit;
  const users = usersChecked === 1 ? "1 user" : `${usersChecked} users`;
  const verdict: Block[] =
    usersDrifted === 0
      ? [line(toned(`${users} checked: every ledger proves its balance.`, "good"))]
      : [
          line(toned(`${users} checked: ${usersDrifted} drift. Something wrote past the ledger.`, "bad")),
          table(
            ["user", "email", "ledger sum", "last balance", "balance", "entries"],
            drift.map((proof) => [
              proof.userId,
              proof.email ?? "",
              `${proof.ledgerSum}`,
              proof.lastBalanceAfter === null ? "" : `${proof.lastBalanceAfter}`,
              `${proof.creditsRemaining}`,
              `${proof.entries}`,
            ]),
            [2, 3, 4, 5],
          ),
        ];
  return [...verdict, ...freeVideos(audit)];
}

function freeVideos({ freeVideos: videos, freeVideosCount }: CreditAudit): Block[] {
  if (freeVideosCount === 0) return [];
  const shown = freeVideosCount > videos.length ? ` (the newest ${videos.length} are shown)` : "";
  return [
    line(toned(`Free videos: ${freeVideosCount} completed after they had been refunded${shown}.`, "warning")),
    table(
      ["job", "user", "refunded", "completed (UTC)"],
      videos.map((video) => [
        video.jobId,
        video.userId ?? "",
        `${video.creditsRefunded}`,
        video.completedAt?.slice(0, 19).replace("T", " ") ?? "",
      ]),
      [2],
    ),
  ];
}

/** The drifting users as rows for csv and ndjson. */
export function auditRows({ drift }: CreditAudit): NonNullable<Result["list"]> {
  return { columns, rows: drift.map(proofRow) };
}

/** The same as JSON data. */
export function auditData(audit: CreditAudit): Record<string, unknown> {
  return {
    users_checked: audit.usersChecked,
    users_drifted: audit.usersDrifted,
    drift: audit.drift.map(proofRow),
    user: audit.user === null ? null : { ...proofRow(audit.user), ok: audit.user.ok },
    free_videos: audit.freeVideos.map((video) => ({
      job_id: video.jobId,
      user_id: video.userId,
      credits_refunded: video.creditsRefunded,
      completed_at: video.completedAt,
    })),
    free_videos_count: audit.freeVideosCount,
  };
}

function proofRow(proof: LedgerProof) {
  return {
    user_id: proof.userId,
    email: proof.email,
    ledger_sum: proof.ledgerSum,
    last_balance_after: proof.lastBalanceAfter,
    credits_remaining: proof.creditsRemaining,
    entries: proof.entries,
  };
}
