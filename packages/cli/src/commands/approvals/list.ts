import { exitCodes } from "../../exit-codes.ts";
import { lookOf } from "../../output/look.ts";
import type { CommandModule } from "../command-module.ts";

export const approvalsListCommand: CommandModule = {
  description:
    "Lists acts that wait for a second admin, newest first, or with --status those that were decided or expired. Above the " +
    "thresholds (`vidops approvals thresholds`) an act of one admin becomes a request, and is done when another approves it.",
  examples: [
    { command: "vidops approvals list", comment: "what waits" },
    {
      command: "vidops approvals list --status all --by ada@example.com",
      comment: "all that one admin asked for",
    },
    { command: "vidops approvals list --json", comment: "for a program" },
  ],
  exits: [exitCodes.notFound, exitCodes.notAllowed, exitCodes.tryLater],
  list: true,
  configure: (command) => {
    command
      .option("--status <status>", "pending, expired, executed, rejected or all (default pending)")
      .option("--by <user>", "only what this admin asked for: id or email")
      .option("--limit <n>", "requests a page, 1 to 1000 (default 50)")
      .option("--cursor <cursor>", "the next page, from the page before");
  },
  run: async (_args, options, session) => {
    const { parseListInput } = await import("./list-input.ts");
    const input = parseListInput(options);
    const [{ listRequests }, { listData, listRows, listView }] = await Promise.all([
      import("./list.handler.ts"),
      import("./list.view.ts"),
    ]);
    const page = await listRequests(input, session);
    return {
      result: {
        data: listData(page),
        document: listView(page, input, lookOf(session)),
        list: listRows(page),
        meta: { next_cursor: page.nextCursor },
      },
    };
  },
};
