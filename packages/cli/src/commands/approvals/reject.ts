import { addActOptions } from "../../act-options.ts";
import { exitCodes } from "../../exit-codes.ts";
import { lookOf } from "../../output/look.ts";
import type { CommandModule } from "../command-module.ts";

export const approvalsRejectCommand: CommandModule = {
  description:
    "Ends a request without doing it, with the reason for whoever asked. Who made a request may withdraw it so. Without an id, " +
    "on a terminal, you pick one.",
  examples: [
    {
      command: 'vidops approvals reject 12 --reason "the job did run"',
      comment: "shows it, asks, rejects it",
    },
    { command: "vidops approvals reject 12 --reason withdrawn --yes --json", comment: "by a script" },
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
    addActOptions(command.argument("[id]", "id of the request"));
  },
  run: async ([typed], options, session) => {
    const [{ approvalIdOf }, { parseActInput }] = await Promise.all([
      import("./approval-id.ts"),
      import("../../act-input.ts"),
    ]);
    const told = parseActInput(options);
    const input = { id: await approvalIdOf(typed, "reject", session), ...told };
    const [{ reject }, { rejectData, rejectView }] = await Promise.all([
      import("./reject.handler.ts"),
      import("./reject.view.ts"),
    ]);
    const report = await reject(input, session);
    return { result: { data: rejectData(report), document: rejectView(report, lookOf(session)) } };
  },
};
