import { exitCodes } from "../../exit-codes.ts";
import { lookOf } from "../../output/look.ts";
import type { CommandModule } from "../command-module.ts";

export const usersStatsCommand: CommandModule = {
  description:
    "Counts what users, or one of them, did by day: generations, failures, credits spent, refunded, bought and granted, and how many " +
    "were active, against as many days before, with bars on a terminal. Days are those of UTC. Days that are over are counted once " +
    "and kept, so a first look at a long period takes a while.",
  examples: [
    { command: "vidops users stats", comment: "everybody, the last 30 days" },
    { command: "vidops users stats ada@example.com --since 7d --by-day", comment: "one user, day by day" },
    { command: "vidops users stats --since 2026-11-01 --output csv > november.csv", comment: "a row a day" },
  ],
  exits: [exitCodes.notFound, exitCodes.notAllowed, exitCodes.refused, exitCodes.tryLater],
  list: true,
  configure: (command) => {
    command
      .argument("[user]", "id, email, or what only one user has (default: everybody)")
      .option("--since <time>", "from that day on: 30d (ago), 2026-11-01, or an ISO 8601 time (default 30d)")
      .option("--until <time>", "until that day (default today); at most 92 days after --since")
      .option("--by-day", "a line for each day");
  },
  run: async (args, options, session) => {
    const [{ parseStatsInput }, { userStats }, { statsData, statsRows, statsView }] = await Promise.all([
      import("./stats-input.ts"),
      import("./stats.handler.ts"),
      import("./stats.view.ts"),
    ]);
    const input = parseStatsInput(args, options, session);
    const report = await userStats(input, session);
    const { stdout, env } = session.context;
    const look = { ...lookOf(session), bars: stdout.isTTY && env.TERM !== "dumb" };
    return {
      result: {
        data: statsData(report),
        document: statsView(report, input.byDay, look),
        list: statsRows(report),
      },
    };
  },
};
