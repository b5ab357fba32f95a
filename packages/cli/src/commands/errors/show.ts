import { exitCodes } from "../../exit-codes.ts";
import { lookOf } from "../../output/look.ts";
import type { CommandModule } from "../command-module.ts";

export const errorsShowCommand: CommandModule = {
  description:
    "Prints one logged error whole: what happened, the request and the details as they were stored (secrets had been " +
    "taken out before), and what its code means. A user who reports an error has its request id.",
  examples: [
    { command: "vidops errors show 4711", comment: "by its id in the list" },
    { command: "vidops errors show req_1m2qk3v7w0a9bcdefghj --json", comment: "by request id, as JSON" },
  ],
  exits: [exitCodes.notFound, exitCodes.notAllowed, exitCodes.tryLater],
  configure: (command) => {
    command.argument("<id|request-id>", "id of the error, or of the request");
  },
  run: async ([reference = ""], _options, session) => {
    const [{ showError }, { errorData, errorView }] = await Promise.all([
      import("./show.handler.ts"),
      import("./show.view.ts"),
    ]);
    const report = await showError(reference, session);
    return { result: { data: errorData(report), document: errorView(report, lookOf(session)) } };
  },
};
