import { exitCodes } from "../../exit-codes.ts";
import { lookOf } from "../../output/look.ts";
import type { CommandModule } from "../command-module.ts";

export const actionsShowCommand: CommandModule = {
  description:
    "Prints one admin action whole: who did what to whom, when and why, what it changed, what it undid or was undone by, who " +
    "approved it, its place in the chain of hashes, and whether it can be undone. Without an id, on a terminal, you pick one.",
  examples: [
    { command: "vidops actions show 4711", comment: "by its id in the list" },
    { command: "vidops actions show", comment: "search and pick" },
    { command: "vidops actions show 4711 --json", comment: "for a program" },
  ],
  exits: [exitCodes.notFound, exitCodes.notAllowed, exitCodes.tryLater, exitCodes.interrupted],
  configure: (command) => {
    command.argument("[id]", "id of the action");
  },
  run: async ([typed], _options, session) => {
    const { parseActionId } = await import("./action-id.ts");
    const id = typed === undefined ? null : parseActionId(typed);
    if (id === null) {
      const { pickingObstacle } = await import("../../prompts/pick.ts");
      const missing = pickingObstacle(session, "Say which action.", "vidops actions show 4711");
      if (missing) throw missing;
    }
    const [{ showAction }, { showData, showView }] = await Promise.all([
      import("./show.handler.ts"),
      import("./show.view.ts"),
    ]);
    const action = await showAction(id, session);
    return { result: { data: showData(action), document: showView(action, lookOf(session)) } };
  },
};
