import { addActOptions } from "../../act-options.ts";
import { exitCodes } from "../../exit-codes.ts";
import { lookOf } from "../../output/look.ts";
import type { CommandModule } from "../command-module.ts";

export const jobsFailCommand: CommandModule = {
  description:
    "Ends a generation that hangs, and gives its credits back, once. The provider is asked first (FAL_KEY, RUNWAYML_API_SECRET): a job " +
    "that has in truth ended is settled as the provider says instead, which needs the secret key. A video that comes " +
    "after all is delivered free, and `vidops jobs list --delivered-free` shows it.",
  examples: [
    {
      command:
        'vidops jobs fail 0b0e3f5a-5e1c-4b6b-9c1f-2a8d4f6e7a90 --reason "hangs for an hour" --ticket SUP-4711',
      comment: "asks the provider, shows what would change, asks, ends it",
    },
    {
      command:
        "vidops jobs fail 0b0e3f5a-5e1c-4b6b-9c1f-2a8d4f6e7a90 --without-asking --reason 'they are down'",
      comment: "when the provider is gone",
    },
  ],
  exits: [
    ...[exitCodes.notFound, exitCodes.notAllowed, exitCodes.refused, exitCodes.consentNeeded],
    ...[exitCodes.outcomeUnknown, exitCodes.tryLater, exitCodes.interrupted],
  ],
  configure: (command) => {
    command
      .argument("<job-id>", "id of the job")
      .option("--without-asking", "do not ask the provider how it stands");
    addActOptions(command);
  },
  run: async ([typed = ""], options, session) => {
    const [{ parseActInput }, { parseJobId }, { endJob }, { failData, failView }] = await Promise.all([
      import("../../act-input.ts"),
      import("../../arguments.ts"),
      import("./fail.handler.ts"),
      import("./fail.view.ts"),
    ]);
    const input = {
      jobId: parseJobId(typed),
      ...parseActInput(options),
      withoutAsking: options.withoutAsking === true,
    };
    const report = await endJob(input, session);
    return { result: { data: failData(report), document: failView(report, lookOf(session)) } };
  },
};
