import { addActOptions } from "../../act-options.ts";
import { exitCodes } from "../../exit-codes.ts";
import { lookOf } from "../../output/look.ts";
import type { CommandModule } from "../command-module.ts";

export const jobsRetryCommand: CommandModule = {
  description:
    "Orders a generation that failed once more for its user: the same model, prompt and settings, at today's price, and counted " +
    "against no limit. The user is charged, a new job is made and sent to the provider; what the provider refuses is refunded. One " +
    "failure is ordered again once. Needs the secret key, and the provider's: FAL_KEY (for pika too) or RUNWAYML_API_SECRET.",
  examples: [
    {
      command:
        'vidops jobs retry 0b0e3f5a-5e1c-4b6b-9c1f-2a8d4f6e7a90 --reason "they are back" --ticket SUP-4711',
      comment: "shows what it costs, asks, orders",
    },
  ],
  exits: [
    ...[exitCodes.notFound, exitCodes.notAllowed, exitCodes.refused, exitCodes.consentNeeded],
    ...[exitCodes.outcomeUnknown, exitCodes.tryLater, exitCodes.interrupted],
  ],
  configure: (command) => {
    addActOptions(command.argument("<job-id>", "id of the job that failed"));
  },
  run: async ([typed = ""], options, session) => {
    const [{ parseActInput }, { parseJobId }, { orderAgain }, { retryData, retryView }] = await Promise.all([
      import("../../act-input.ts"),
      import("../../arguments.ts"),
      import("./retry.handler.ts"),
      import("./retry.view.ts"),
    ]);
    const report = await orderAgain({ jobId: parseJobId(typed), ...parseActInput(options) }, session);
    return { result: { data: retryData(report), document: retryView(report, lookOf(session)) } };
  },
};
