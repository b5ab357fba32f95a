import { exitCodes } from "../../exit-codes.ts";
import type { CommandModule } from "../command-module.ts";

export const localStopCommand: CommandModule = {
  description: "Stops the local stack and waits until it is gone. Its data stays, unless it was ephemeral.",
  examples: [
    { command: "vidops local stop", comment: "the one that runs" },
    { command: "vidops local stop --port 54321", comment: "one of several" },
  ],
  exits: [exitCodes.refused],
  configure: (command) => {
    command
      .option("--port <n>", "the gateway's port of the one to stop")
      .option("--all", "stop all of this account");
  },
  run: async (_args, options, session) => {
    const { parseStopInput, stop } = await import("./manage.handler.ts");
    const input = parseStopInput(options);
    const { stacksData, stoppedView } = await import("./manage.view.ts");
    const stopped = await stop(input, session);
    return { result: { data: { stopped: stacksData(stopped) }, document: stoppedView(stopped) } };
  },
};
