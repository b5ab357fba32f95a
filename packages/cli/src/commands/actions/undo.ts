import { addActOptions } from "../../act-options.ts";
import { exitCodes } from "../../exit-codes.ts";
import { lookOf } from "../../output/look.ts";
import type { CommandModule } from "../command-module.ts";

export const actionsUndoCommand: CommandModule = {
  description:
    "Makes the act that compensates another, linked to it, once: takes credits back, enables or disables again, brings a price, " +
    "a rule or a threshold back, lifts a ban. Refused where it would take back more than that act: when it was undone before, " +
    "changed again since, or the credits were spent. Resets of limits, cleanups and undos cannot be undone.",
  examples: [
    {
      command: 'vidops actions undo 4711 --reason "wrong user"',
      comment: "shows before and after, asks, undoes it",
    },
    { command: "vidops actions undo 4711 --reason look --dry-run", comment: "only looks" },
    {
      command: "vidops actions undo 4711 --partial --reason 'wrong user' --yes",
      comment: "takes back what is left, where credits were spent since",
    },
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
    addActOptions(
      command
        .argument("[id]", "id of the action (default, on a terminal: you pick one)")
        .option("--partial", "where credits were spent since: take back what is left"),
    );
  },
  run: async ([typed], options, session) => {
    const [{ parseActionId }, { parseActInput }] = await Promise.all([
      import("./action-id.ts"),
      import("../../act-input.ts"),
    ]);
    const input = {
      id: typed === undefined ? null : parseActionId(typed),
      partial: options.partial === true,
      ...parseActInput(options),
    };
    if (input.id === null) {
      const { pickingObstacle } = await import("../../prompts/pick.ts");
      const example = "vidops actions undo 4711 --reason 'wrong user'";
      const missing = pickingObstacle(session, "Say which action.", example);
      if (missing) throw missing;
    }
    const [{ undoAction }, { undoData, undoView }] = await Promise.all([
      import("./undo.handler.ts"),
      import("./undo.view.ts"),
    ]);
    const report = await undoAction(input, session);
    return { result: { data: undoData(report), document: undoView(report, lookOf(session)) } };
  },
};
