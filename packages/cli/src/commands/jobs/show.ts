import { exitCodes } from "../../exit-codes.ts";
import { lookOf } from "../../output/look.ts";
import type { CommandModule } from "../command-module.ts";

export const jobsShowCommand: CommandModule = {
  description:
    "Prints one generation whole: what was ordered and for how much, how it stands, what happened when (charges, refunds, acts of " +
    "admins, a video that came late), the provider's id, the key of the request, and what can be done next.",
  examples: [
    { command: "vidops jobs show 0b0e3f5a-5e1c-4b6b-9c1f-2a8d4f6e7a90", comment: "by its id" },
    {
      command: "vidops jobs show 0b0e3f5a-5e1c-4b6b-9c1f-2a8d4f6e7a90 --json",
      comment: "for a program",
    },
  ],
  exits: [exitCodes.notFound, exitCodes.notAllowed, exitCodes.tryLater],
  configure: (command) => {
    command.argument("<job-id>", "id of the job");
  },
  run: async ([typed = ""], _options, session) => {
    const { parseJobId } = await import("../../arguments.ts");
    const id = parseJobId(typed);
    const [{ storyOf }, { showData, showView }] = await Promise.all([
      import("./show.handler.ts"),
      import("./show.view.ts"),
    ]);
    const story = await storyOf(id, session);
    const now = session.context.now();
    return { result: { data: showData(story), document: showView(story, now, lookOf(session)) } };
  },
};
