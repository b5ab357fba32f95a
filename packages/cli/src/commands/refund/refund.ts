import { addActOptions } from "../../act-options.ts";
import { exitCodes } from "../../exit-codes.ts";
import { lookOf } from "../../output/look.ts";
import type { CommandModule } from "../command-module.ts";

export const refundCommand: CommandModule = {
  description:
    "Gives credits back: all or part of what a job cost, or an amount to a user. Balance, ledger row and audit row " +
    "are written together, once for each idempotency key; a job never gives back more than it cost. Without a job and an amount, " +
    "on a terminal, it lets you find the user and pick the job.",
  examples: [
    {
      command: 'vidops refund 0b0e3f5a-5e1c-4b6b-9c1f-2a8d4f6e7a90 --reason "video never arrived"',
      comment: "shows what will change, asks, refunds all that is left of the job's charge",
    },
    {
      command:
        "vidops refund --user ada@example.com --amount 5 --reason goodwill --reason-code goodwill --yes",
      comment: "an amount to a user, without being asked",
    },
    {
      command:
        "vidops refund 0b0e3f5a-5e1c-4b6b-9c1f-2a8d4f6e7a90 --amount 2 --reason partial --dry-run --json",
      comment: "only looks, and prints the plan as JSON",
    },
  ],
  exits: [
    exitCodes.notFound,
    exitCodes.notAllowed,
    exitCodes.refused,
    exitCodes.consentNeeded,
    exitCodes.outcomeUnknown,
    exitCodes.tryLater,
    exitCodes.interrupted,
  ],
  configure: (command) => {
    command
      .argument("[job-id]", "the job to refund; left out on a terminal: search and pick")
      .option("--user <id|email>", "refund to a user instead, with --amount")
      .option("--amount <n>", "credits; default for a job: all that is left of its charge")
      .option("--reason-code <code>", "why, as a lower_snake_case word that the user's ledger shows")
      .option(
        "--idempotency-key <key>",
        "refund once for this key, however often it is run (default: a new key)",
      )
      .option("--allow-unfinished", "refund a job that is still pending or processing");
    addActOptions(command);
  },
  run: async (args, options, session) => {
    const { parseRefundInput } = await import("./refund-input.ts");
    const input = parseRefundInput(args, options, session);
    const [{ refund }, { refundData, refundView }] = await Promise.all([
      import("./refund.handler.ts"),
      import("./refund.view.ts"),
    ]);
    const report = await refund(input, session);
    return { result: { data: refundData(report), document: refundView(report, lookOf(session)) } };
  },
};
