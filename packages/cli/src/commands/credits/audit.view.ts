import type { CreditAudit, LedgerProof } from "@vidops/core/credits";
import { type Column, columnsTable } from "../../output/columns.ts";
import { type Block, type Document, line, toned } from "../../output/document.ts";
import { timeColumn } from "../../output/local-time.ts";
import type { Look } from "../../output/look.ts";
import type { Result } from "../../output/output.ts";

const columns = [
  "user_id",
  "email",
  "ledger_sum",
  "last_balance_after",
  "credits_remaining",
  "entries",
] as const;

const proofColumns: readonly Column<LedgerProof>[] = [
  { head: "user", cell: ({ userId }) => userId, minimum: 8 },
  { head: "email", cell: ({ email }) => email ?? "", minimum: 12, screen: 80 },
  { head: "ledger sum", cell: ({ ledgerSum }) => `${ledgerSum}`, right: true },
  {
    head: "last balance",
    cell: ({ lastBalanceAfter }) => `${lastBalanceAfter ?? ""}`,
    right: true,
    screen: 60,
  },
  { head: "balance", cell: ({ creditsRemaining }) => `${creditsRemaining}`, right: true },
  { head: "entries", cell: ({ entries }) => `${entries}`, right: true, screen: 60 },
];

type FreeVideo = CreditAudit["freeVideos"][number];

const videoColumns: readonly Column<FreeVideo>[] = [
  { head: "job", cell: ({ jobId }) => jobId, minimum: 8 },
  { head: "user", cell: ({ userId }) => userId ?? "", minimum: 8, screen: 60 },
  { head: "refunded", cell: ({ creditsRefunded }) => `${creditsRefunded}`, right: true },
];

/** The audit, for people: the verdict first, then what is wrong. */
export function auditView(audit: CreditAudit, look: Look): Document {
  const { usersChecked, usersDrifted, drift } = audit;
  const users = usersChecked === 1 ? "1 user" : `${usersChecked} users`;
  const verdict: Block[] =
    usersDrifted === 0
      ? [line(toned(`${users} checked: every ledger proves its balance.`, "good"))]
      : [
          line(toned(`${users} checked: ${usersDrifted} drift. Something wrote past the ledger.`, "bad")),
          columnsTable(proofColumns, drift, look.width),
        ];
  return [...verdict, ...freeVideos(audit, look)];
}

function freeVideos({ freeVideos: videos, freeVideosCount }: CreditAudit, { width, zone }: Look): Block[] {
  if (freeVideosCount === 0) return [];
  const shown = freeVideosCount > videos.length ? ` (the newest ${videos.length} are shown)` : "";
  return [
    line(toned(`Free videos: ${freeVideosCount} completed after they had been refunded${shown}.`, "warning")),
    columnsTable(
      [...videoColumns, timeColumn("completed", ({ completedAt }: FreeVideo) => completedAt, videos, zone)],
      videos,
      width,
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
