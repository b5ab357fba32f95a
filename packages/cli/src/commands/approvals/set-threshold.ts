import { addActOptions } from "../../act-options.ts";
import { exitCodes } from "../../exit-codes.ts";
import { lookOf } from "../../output/look.ts";
import type { CommandModule } from "../command-module.ts";

export const approvalsSetThresholdCommand: CommandModule = {
  description:
    "Sets above how many credits an act needs a second admin, or takes a threshold away with --off. The first one needs two " +
    "admins, or nobody could approve. Raising or removing one needs a second admin; lowering one does not.",
  examples: [
    {
      command: 'vidops approvals set-threshold act_credits 500 --reason "policy 12"',
      comment: "one refund or adjustment above 500 credits",
    },
    {
      command: "vidops approvals set-threshold day_credits 2000 --reason 'policy 12' --yes",
      comment: "what one admin moves in 24 hours, without being asked",
    },
    {
      command: "vidops approvals set-threshold day_credits --off --reason 'too strict' --dry-run",
      comment: "only looks",
    },
  ],
  exits: [
    exitCodes.notAllowed,
    exitCodes.refused,
    exitCodes.consentNeeded,
    exitCodes.outcomeUnknown,
    exitCodes.tryLater,
    exitCodes.interrupted,
  ],
  configure: (command) => {
    addActOptions(
      command
        .argument("<name>", "act_credits: of one refund or adjustment; day_credits: of one admin in 24 hours")
        .argument("[credits]", "above so many; 0: every one")
        .option("--off", "take the threshold away"),
    );
  },
  run: async (args, options, session) => {
    const { parseThresholdInput } = await import("./set-threshold-input.ts");
    const input = parseThresholdInput(args, options);
    const [{ setThreshold }, { setThresholdData, setThresholdView }] = await Promise.all([
      import("./set-threshold.handler.ts"),
      import("./set-threshold.view.ts"),
    ]);
    const report = await setThreshold(input, session);
    return {
      result: { data: setThresholdData(report), document: setThresholdView(report, lookOf(session)) },
    };
  },
};
