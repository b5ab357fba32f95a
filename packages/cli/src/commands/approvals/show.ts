import { exitCodes } from "../../exit-codes.ts";
import { lookOf } from "../../output/look.ts";
import type { CommandModule } from "../command-module.ts";

export const approvalsShowCommand: CommandModule = {
  description:
    "Prints one request whole: the exact act that would be done, what it would change now, who asked for it and why, until when, " +
    "and the hash that binds an approval to what was seen. Without an id, on a terminal, you pick one.",
  examples: [
    { command: "vidops approvals show 12", comment: "by its id in the list" },
    { command: "vidops approvals show 12 --json", comment: "for a program" },
  ],
  exits: [exitCodes.notFound, exitCodes.notAllowed, exitCodes.tryLater, exitCodes.interrupted],
  configure: (command) => {
    command.argument("[id]", "id of the request");
  },
  run: async ([typed], _options, session) => {
    const { approvalIdOf } = await import("./approval-id.ts");
    const id = await approvalIdOf(typed, "show", session);
    const [{ showRequest }, { requestData, requestView }] = await Promise.all([
      import("./show.handler.ts"),
      import("./show.view.ts"),
    ]);
    const request = await showRequest(id, session);
    return { result: { data: requestData(request), document: requestView(request, lookOf(session)) } };
  },
};
