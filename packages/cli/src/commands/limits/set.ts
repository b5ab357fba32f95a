import { addActOptions } from "../../act-options.ts";
import { exitCodes } from "../../exit-codes.ts";
import { lookOf } from "../../output/look.ts";
import type { CommandModule } from "../command-module.ts";

export const limitsSetCommand: CommandModule = {
  description:
    "Makes a rule, changes it, or takes it away with --off: how often an action may be done, per address, per user or by " +
    "everybody together. The next request is judged by it, without a deploy; what was counted stays counted. Written to the " +
    "audit.",
  examples: [
    {
      command: 'vidops limits set video_generation --per ip --tier free --max 20 --reason "launch day"',
      comment: "the window may be left out where there is one such rule",
    },
    {
      command: "vidops limits set login --per ip --max 5 --window 15m --reason 'guessed passwords' --yes",
      comment: "a new rule, without being asked",
    },
    {
      command: "vidops limits set login --per ip --off --reason 'moved into the code' --dry-run",
      comment: "only looks",
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
    addActOptions(
      command
        .argument("<action>", "what is limited, e.g. video_generation")
        .option("--per <what>", "whose requests are counted together: ip, user or global (required)")
        .option("--tier <tier>", "for users of this tier: any, free or premium (default any)")
        .option("--max <n>", "requests in any window, 1 to 1000000000")
        .option("--off", "take the rule away")
        .option("--window <time>", "the window, 1s to 366d, e.g. 1h (default: that of the only such rule)"),
    );
  },
  run: async (args, options, session) => {
    const { parseSetInput } = await import("./set-input.ts");
    const input = parseSetInput(args, options);
    const [{ setRule }, { setData, setView }] = await Promise.all([
      import("./set.handler.ts"),
      import("./set.view.ts"),
    ]);
    const report = await setRule(input, session);
    return { result: { data: setData(report), document: setView(report, lookOf(session)) } };
  },
};
