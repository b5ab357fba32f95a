import { exitCodes } from "../../exit-codes.ts";
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
    command
      .argument(
        "<ip|user|global>",
        "an address, a user's id or email, or global; unknown: all without address",
      )
      .argument("<action>", "what is limited, e.g. video_generation")
      .option("--reason <text>", "why, for the audit (required)")
      .option("--dry-run", "show what would be forgotten, and stop");
  },
  run: async ([who = "", what = ""], options, session) => {
    const [{ parseSubject }, { parseAction }, { parseReason }] = await Promise.all([
      import("./subject.ts"),
      import("./limit-words.ts"),
      import("../../arguments.ts"),
    ]);
    const input = {
      reference: parseSubject(who),
      action: parseAction(what),
      reason: parseReason(options.reason as string | undefined),
      dryRun: options.dryRun === true,
    };
    const [{ resetLimits }, { resetData, resetView }] = await Promise.all([
      import("./reset.handler.ts"),
      import("./reset.view.ts"),
    ]);
    const report = await resetLimits(input, session);
    const { stdout } = session.context;
    const look = { width: stdout.isTTY ? stdout.columns : null, flags: session.flags };
    return { result: { data: resetData(report), document: resetView(report, look) } };
  },
};
