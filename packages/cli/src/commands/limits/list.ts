import { exitCodes } from "../../exit-codes.ts";
import { lookOf } from "../../output/look.ts";
import type { CommandModule } from "../command-module.ts";

export const limitsListCommand: CommandModule = {
  description:
    "Lists the rules that checkRateLimit applies where the app's code names no limit of its own: how often an action may " +
    "be done, per address, per user or by everybody together. A tier's own rules stand in for those of any tier.",
  examples: [
    { command: "vidops limits list", comment: "all rules" },
    { command: "vidops limits list video_generation --json", comment: "one action's, for a program" },
  ],
  exits: [exitCodes.notAllowed, exitCodes.tryLater],
  list: true,
  configure: (command) => {
    command.argument("[action]", "only this action's");
  },
  run: async ([typed], _options, session) => {
    const { parseAction } = await import("./limit-words.ts");
    const action = typed === undefined ? null : parseAction(typed);
    const [{ listRules }, { rulesData, rulesRows, rulesView }] = await Promise.all([
      import("./list.handler.ts"),
      import("./list.view.ts"),
    ]);
    const rules = await listRules(action, session);
    return {
      result: {
        data: rulesData(rules),
        document: rulesView(rules, action, lookOf(session)),
        list: rulesRows(rules),
      },
    };
  },
};
