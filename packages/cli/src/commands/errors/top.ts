import { exitCodes } from "../../exit-codes.ts";
import { lookOf } from "../../output/look.ts";
import type { CommandModule } from "../command-module.ts";
import { addFilters } from "./error-filters.ts";

export const errorsTopCommand: CommandModule = {
  description:
    "Counts errors by code, endpoint or fingerprint (alike errors have one), the most frequent first, with the trend " +
    "against the period of the same length before. On a terminal a line of bars shows when they came.",
  examples: [
    { command: "vidops errors top", comment: "what went wrong in the last 24 hours" },
    { command: "vidops errors top --by fingerprint --since 1h", comment: "alike errors, in an incident" },
    { command: "vidops errors top --by endpoint --code 6001 --json", comment: "where, for a program" },
  ],
  exits: [exitCodes.notFound, exitCodes.notAllowed, exitCodes.tryLater],
  list: true,
  configure: (command) => {
    command.option("--by <what>", "code, endpoint or fingerprint (default code)");
    addFilters(command, ["code", "endpoint", "user", "language"])
      .option("--since <time>", "from then on: 24h (ago), 2026-11-01, or an ISO 8601 time (default 24h)")
      .option("--until <time>", "before then (default now)")
      .option("--limit <n>", "groups, 1 to 100 (default 10)");
  },
  run: async (_args, options, session) => {
    const [{ parseTopInput }, { topLoggedErrors }, { topData, topRows, topView }] = await Promise.all([
      import("./top-input.ts"),
      import("./top.handler.ts"),
      import("./top.view.ts"),
    ]);
    const input = parseTopInput(options, session.context.now());
    const report = await topLoggedErrors(input, session);
    const { stdout, env } = session.context;
    return {
      result: {
        data: topData(report),
        document: topView(report, input, {
          ...lookOf(session),
          bars: stdout.isTTY && env.TERM !== "dumb",
        }),
        list: topRows(report),
      },
    };
  },
};
