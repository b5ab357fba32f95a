import { addActOptions } from "../../act-options.ts";
import { exitCodes } from "../../exit-codes.ts";
import { lookOf } from "../../output/look.ts";
import type { CommandModule } from "../command-module.ts";

export const creditsAdjustCommand: CommandModule = {
  description:
    "Adds credits to a user's balance or takes them away, never below zero: balance, ledger row and audit row are written together, " +
    "once for each idempotency key. What a user is given back for a job is a refund.",
  examples: [
    {
      command: 'vidops credits adjust ada@example.com --add 20 --reason "won the contest" --ticket SUP-4711',
      comment: "shows who it is, asks, adds",
    },
    {
      command: "vidops credits adjust ada@example.com --take 5 --reason 'granted twice' --dry-run",
      comment: "only looks",
    },
  ],
  exits: [
    ...[exitCodes.notFound, exitCodes.notAllowed, exitCodes.refused, exitCodes.consentNeeded],
    ...[exitCodes.outcomeUnknown, exitCodes.tryLater, exitCodes.interrupted],
  ],
  configure: (command) => {
    addActOptions(
      command
        .argument("[user]", "id or whole email; left out on a terminal: search and pick")
        .option("--add <n>", "credits to add")
        .option("--take <n>", "credits to take away; refused where the user has fewer")
        .option("--reason-code <code>", "why, as a lower_snake_case word that the user's ledger shows")
        .option(
          "--idempotency-key <key>",
          "adjust once for this key, however often it is run (default: a new key)",
        ),
    );
  },
  run: async (args, options, session) => {
    const [{ parseAdjustInput }, { adjust }, { adjustData, adjustView }] = await Promise.all([
      import("./adjust-input.ts"),
      import("./adjust.handler.ts"),
      import("./adjust.view.ts"),
    ]);
    const report = await adjust(parseAdjustInput(args, options, session), session);
    return { result: { data: adjustData(report), document: adjustView(report, lookOf(session)) } };
  },
};
