import { exitCodes } from "../../exit-codes.ts";
import { lookOf } from "../../output/look.ts";
import type { CommandModule } from "../command-module.ts";

export const approvalsThresholdsCommand: CommandModule = {
  description:
    "Lists above how many credits an act needs a second admin: act_credits of one refund or adjustment, day_credits of all that " +
    "one admin moves in 24 hours. As soon as one is set, making somebody an admin, unbanning an admin, and raising or removing a " +
    "threshold need a second admin too. None set: nothing waits.",
  examples: [{ command: "vidops approvals thresholds", comment: "all of them" }],
  exits: [exitCodes.notAllowed, exitCodes.tryLater],
  list: true,
  configure: () => {},
  run: async (_args, _options, session) => {
    const [{ thresholds }, { thresholdsData, thresholdsRows, thresholdsView }] = await Promise.all([
      import("./thresholds.handler.ts"),
      import("./thresholds.view.ts"),
    ]);
    const found = await thresholds(session);
    return {
      result: {
        data: thresholdsData(found),
        document: thresholdsView(found, lookOf(session)),
        list: thresholdsRows(found),
      },
    };
  },
};
