import { exitCodes } from "../../exit-codes.ts";
import { lookOf } from "../../output/look.ts";
import type { CommandModule } from "../command-module.ts";

export const limitsLogCommand: CommandModule = {
  description:
    "Lists what limits admitted and refused, newest first, a page at a time, of everybody or of one address or user. Of a flood " +
    "samples are kept, each with the number of requests that it stands for. A cursor stays right while rows are added.",
  examples: [
    { command: "vidops limits log --denied --since 1h", comment: "who was refused in the last hour" },
    {
      command: "vidops limits log 203.0.113.7 --action video_generation",
      comment: "one address, one action",
    },
    { command: "vidops limits log ada@example.com --output csv > ada.csv", comment: "for a spreadsheet" },
  ],
  exits: [exitCodes.notFound, exitCodes.notAllowed, exitCodes.tryLater],
  list: true,
  configure: (command) => {
    command
      .argument("[ip|user]", "only of this address or user; unknown: without a known address")
      .option("--action <action>", "only this action")
      .option("--denied", "only what was refused")
      .option("--allowed", "only what was admitted")
      .option("--since <time>", "from then on: 24h (ago), 2026-11-01, or an ISO 8601 time")
      .option("--until <time>", "before then")
      .option("--limit <n>", "rows a page, 1 to 1000 (default 50)")
      .option("--cursor <cursor>", "the next page, from the page before; it remembers --since and --until");
  },
  run: async (args, options, session) => {
    const [{ parseLogInput }, { listLog }, { logData, logRows, logView }] = await Promise.all([
      import("./log-input.ts"),
      import("./log.handler.ts"),
      import("./log.view.ts"),
    ]);
    const input = parseLogInput(args, options, session.context.now());
    const page = await listLog(input, session);
    return {
      result: {
        data: logData(page, input),
        document: logView(page, input, lookOf(session)),
        list: logRows(page),
        meta: { next_cursor: page.nextCursor },
      },
    };
  },
};
