import { exitCodes } from "../../exit-codes.ts";
import { lookOf } from "../../output/look.ts";
import type { CommandModule } from "../command-module.ts";

export const modelsListCommand: CommandModule = {
  description:
    "Lists models by name: price in credits, whether they are enabled, and what they were used for in a period: jobs started, " +
    "those that failed, credits charged and refunded of them. On a terminal a line of bars shows the jobs of each day (or hour).",
  examples: [
    { command: "vidops models list", comment: "all, with their use in the last seven days" },
    { command: "vidops models list kling --since 24h", comment: "part of the name, by the hour" },
    { command: "vidops models list --disabled --output csv", comment: "those off sale, for a spreadsheet" },
  ],
  exits: [exitCodes.notAllowed, exitCodes.tryLater],
  list: true,
  configure: (command) => {
    command
      .argument("[name]", "only models with this in their name")
      .option("--enabled", "only models on sale")
      .option("--disabled", "only models off sale")
      .option("--featured", "only featured ones")
      .option("--provider <provider>", "only of this provider: fal, runway or pika")
      .option("--category <category>", "only of this category")
      .option("--since <time>", "use from then on: 24h (ago), 2026-11-01, or an ISO 8601 time (default 7d)")
      .option("--until <time>", "use before then (default now); at most 92 days after --since")
      .option("--limit <n>", "models a page, 1 to 1000 (default 50)")
      .option("--cursor <cursor>", "the next page, from the page before; it remembers --since and --until");
  },
  run: async (args, options, session) => {
    const [{ parseListInput }, { listModels }, { modelsData, modelsRows, modelsView }] = await Promise.all([
      import("./list-input.ts"),
      import("./list.handler.ts"),
      import("./list.view.ts"),
    ]);
    const input = parseListInput(args, options, session.context.now());
    const page = await listModels(input, session);
    const { stdout, env } = session.context;
    return {
      result: {
        data: modelsData(page),
        document: modelsView(page, input, {
          ...lookOf(session),
          bars: stdout.isTTY && env.TERM !== "dumb",
        }),
        list: modelsRows(page),
        meta: { next_cursor: page.nextCursor },
      },
    };
  },
};
