import { exitCodes } from "../../exit-codes.ts";
import { lookOf } from "../../output/look.ts";
import type { CommandModule } from "../command-module.ts";

export const modelsShowCommand: CommandModule = {
  description:
    "Prints one model whole: price, state, where it comes from, and what it was used for in a period, with bars on a terminal. " +
    "Without a name, on a terminal, it lets you search and pick.",
  examples: [
    { command: 'vidops models show "Kling 2.1"', comment: "by its name, in any case" },
    {
      command: "vidops models show 0b0e3f5a-5e1c-4b6b-9c1f-2a8d4f6e7a90 --since 30d --json",
      comment: "by id, for a program",
    },
  ],
  exits: [exitCodes.notFound, exitCodes.notAllowed, exitCodes.refused, exitCodes.tryLater],
  configure: (command) => {
    command
      .argument("[model]", "its id or whole name (any case)")
      .option("--since <time>", "use from then on: 24h (ago), 2026-11-01, or an ISO 8601 time (default 7d)")
      .option("--until <time>", "use before then (default now); at most 92 days after --since");
  },
  run: async ([reference], options, session) => {
    const [{ parsePeriod }, { parseModel }, { showModel }, { modelDetailsData, modelView }] =
      await Promise.all([
        import("./list-input.ts"),
        import("./change-input.ts"),
        import("./show.handler.ts"),
        import("./show.view.ts"),
      ]);
    const input = {
      reference: await parseModel(reference, session, "vidops models show kling"),
      ...parsePeriod(options, session.context.now()),
    };
    const model = await showModel(input, session);
    const { stdout, env } = session.context;
    const look = { ...lookOf(session), bars: stdout.isTTY && env.TERM !== "dumb" };
    return { result: { data: modelDetailsData(model), document: modelView(model, look) } };
  },
};
