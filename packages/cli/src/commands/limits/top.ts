import { exitCodes } from "../../exit-codes.ts";
import { lookOf } from "../../output/look.ts";
import type { CommandModule } from "../command-module.ts";

export const limitsTopCommand: CommandModule = {
  description:
    "Counts requests that limits refused, by address, user, action or limit, the most first, with the trend against the period " +
    "of the same length before. On a terminal a line of bars shows when they came. Of a flood the log keeps samples, so large " +
    "numbers are estimates. IPv6 addresses are counted as their networks.",
  examples: [
    { command: "vidops limits top", comment: "which addresses were refused most in the last 24 hours" },
    {
      command: "vidops limits top --by user --action video_generation --since 1h",
      comment: "users, of one action",
    },
    {
      command: "vidops limits top --by limit --since 7d --json",
      comment: "which limits refuse, for a program",
    },
  ],
  exits: [exitCodes.notAllowed, exitCodes.tryLater],
  list: true,
  configure: (command) => {
    command
      .option("--by <what>", "ip, user, action or limit (default ip)")
      .option("--action <action>", "only this action")
      .option("--since <time>", "from then on: 24h (ago), 2026-11-01, or an ISO 8601 time (default 24h)")
      .option("--until <time>", "before then (default now)")
      .option("--limit <n>", "groups, 1 to 100 (default 10)");
  },
  run: async (_args, options, session) => {
    const [{ parseTopInput }, { topLimits }, { topData, topRows, topView }] = await Promise.all([
      import("./top-input.ts"),
      import("./top.handler.ts"),
      import("./top.view.ts"),
    ]);
    const input = parseTopInput(options, session.context.now());
    const report = await topLimits(input, session);
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
