import { addActOptions } from "../../act-options.ts";
import { exitCodes } from "../../exit-codes.ts";
import { lookOf } from "../../output/look.ts";
import type { CommandModule } from "../command-module.ts";

export const limitsResetCommand: CommandModule = {
  description:
    "Forgets what was counted for an address, a user or everybody under an action, so that the whole limit is there again. " +
    "Written to the audit. Processes that remember a refusal follow within 10 seconds. It cannot be undone.",
  examples: [
    {
      command: 'vidops limits reset 203.0.113.7 video_generation --reason "an office behind one address"',
      comment: "shows what was counted, asks, forgets it",
    },
    {
      command: "vidops limits reset ada@example.com login --reason 'ticket 4711' --yes",
      comment: "without being asked",
    },
    {
      command: "vidops limits reset global upload --reason look --dry-run --json",
      comment: "only looks, and prints it as JSON",
    },
  ],
  exits: [
    exitCodes.notFound,
    exitCodes.notAllowed,
    exitCodes.consentNeeded,
    exitCodes.outcomeUnknown,
    exitCodes.tryLater,
    exitCodes.interrupted,
  ],
  configure: (command) => {
    addActOptions(
      command
        .argument(
          "<ip|user|global>",
          "an address, a user's id or email, or global; unknown: all without address",
        )
        .argument("<action>", "what is limited, e.g. video_generation"),
    );
  },
  run: async ([who = "", what = ""], options, session) => {
    const [{ parseSubject }, { parseAction }, { parseActInput }] = await Promise.all([
      import("./subject.ts"),
      import("./limit-words.ts"),
      import("../../act-input.ts"),
    ]);
    const input = {
      reference: parseSubject(who),
      action: parseAction(what),
      ...parseActInput(options),
    };
    const [{ resetLimits }, { resetData, resetView }] = await Promise.all([
      import("./reset.handler.ts"),
      import("./reset.view.ts"),
    ]);
    const report = await resetLimits(input, session);
    return { result: { data: resetData(report), document: resetView(report, lookOf(session)) } };
  },
};
