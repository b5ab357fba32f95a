import { exitCodes } from "../../exit-codes.ts";
import { lookOf } from "../../output/look.ts";
import type { CommandModule } from "../command-module.ts";

export const cleanupCommand: CommandModule = {
  description:
    "Deletes what has outlived its use: the log of rate limits after 7 days (rate-limits), their counts that have expired " +
    "(rate-limit-state), reservations a day after they have (rate-limit-reservations), idempotency keys that have expired " +
    "(idempotency), error rows older than 90 days (errors), and what jobs say that their users deleted 30 days ago, with their videos " +
    "(deleted-jobs; needs the secret key; the rows stay for the ledger). In bounded batches, each its own transaction: Ctrl-C stops it after the running batch, and " +
    "running it again goes on. The ledger and the audit are never cleaned; each batch is written to the audit.",
  examples: [
    { command: "vidops cleanup --dry-run", comment: "count what would go" },
    { command: "npx vidops cleanup --yes --json", comment: "all targets, for a schedule" },
    {
      command: "vidops cleanup rate-limits --older-than 24h --reason 'disk is full' --ticket SUP-4711",
      comment: "one target, another age, and why",
    },
  ],
  exits: [
    exitCodes.notAllowed,
    exitCodes.consentNeeded,
    exitCodes.outcomeUnknown,
    exitCodes.tryLater,
    exitCodes.interrupted,
  ],
  configure: (command) => {
    command
      .argument(
        "[target...]",
        "rate-limits, rate-limit-state, rate-limit-reservations, idempotency, errors, deleted-jobs (default: all)",
      )
      .option(
        "--older-than <time>",
        "age past which a row goes, e.g. 7d, 24h, 90m, 2w (default: each target's own)",
      )
      .option("--batch-size <n>", "rows a transaction, 1 to 100000 (default 50000)")
      .option("--reason <text>", "why, for the audit (default: retention)")
      .option("--ticket <id>", "the ticket it belongs to, for the audit")
      .option("--dry-run", "count what would be deleted, and stop");
  },
  run: async (_args, options, session) => {
    const { parseCleanupInput } = await import("./cleanup-input.ts");
    const input = parseCleanupInput(_args, options);
    const [{ runCleanup }, { cleanupData, cleanupView, interruptedCleanup }] = await Promise.all([
      import("./cleanup.handler.ts"),
      import("./cleanup.view.ts"),
    ]);
    const report = await runCleanup(input, session);
    const result = { data: cleanupData(report), document: cleanupView(report, lookOf(session)) };
    if (!report.interrupted) return { result };
    if (session.output.format !== "json") await session.output.result(result);
    throw interruptedCleanup(report);
  },
};
