import { exitCodes } from "../../exit-codes.ts";
import { lookOf } from "../../output/look.ts";
import type { CommandModule } from "../command-module.ts";

export const limitsCheckCommand: CommandModule = {
  description:
    "Looks how the limits of an address, a user or everybody stand for an action, and counts nothing: those of the rules, " +
    "those that the app's own code has counted, and the global ones. An IPv6 address counts as its /64 network.",
  examples: [
    { command: "vidops limits check 203.0.113.7 video_generation", comment: "an address" },
    { command: "vidops limits check ada@example.com video_generation --json", comment: "a user" },
    { command: "vidops limits check unknown login", comment: "all requests whose address is not known" },
  ],
  exits: [exitCodes.notFound, exitCodes.notAllowed, exitCodes.tryLater],
  list: true,
  configure: (command) => {
    command
      .argument(
        "<ip|user|global>",
        "an address, a user's id or email, or global; unknown: all without address",
      )
      .argument("<action>", "what is limited, e.g. video_generation");
  },
  run: async ([who = "", what = ""], _options, session) => {
    const [{ parseSubject }, { parseAction }] = await Promise.all([
      import("./subject.ts"),
      import("./limit-words.ts"),
    ]);
    const [reference, action] = [parseSubject(who), parseAction(what)];
    const [{ checkLimits }, { checkData, checkRows, checkView }] = await Promise.all([
      import("./check.handler.ts"),
      import("./check.view.ts"),
    ]);
    const report = await checkLimits(reference, action, session);
    return {
      result: {
        data: checkData(report),
        document: checkView(report, lookOf(session)),
        list: checkRows(report),
      },
    };
  },
};
