import { exitCodes } from "../../exit-codes.ts";
import { lookOf } from "../../output/look.ts";
import type { CommandModule } from "../command-module.ts";

export const actionsListCommand: CommandModule = {
  description:
    "Lists what admins did, newest first, a page at a time: refunds, adjustments, bans, prices, rules, cleanups, and what undid " +
    "them. A cursor stays right while acts are added. `vidops actions show` prints one of them whole.",
  examples: [
    { command: "vidops actions list --since 24h", comment: "the last day" },
    { command: "vidops actions list --user ada@example.com", comment: "what was done to one user" },
    {
      command: "vidops actions list --admin ops@example.com --type credit_refund",
      comment: "one admin's refunds",
    },
    {
      command: "vidops actions list --ticket SUP-4711 --output csv > acts.csv",
      comment: "of one ticket, for a spreadsheet",
    },
  ],
  exits: [exitCodes.notFound, exitCodes.notAllowed, exitCodes.tryLater],
  list: true,
  configure: (command) => {
    command
      .option("--type <type>", "only this kind, e.g. credit_refund, user_ban, model_price")
      .option("--admin <user>", "only by this admin: id or email")
      .option("--user <user>", "only to this user: id or email")
      .option("--model <model>", "only to this model: id or name")
      .option("--ticket <id>", "only of this ticket")
      .option("--run <id>", "only of this run: meta.run_id of the command that did it")
      .option("--since <time>", "from then on: 24h (ago), 2026-11-01, or an ISO 8601 time")
      .option("--until <time>", "before then")
      .option("--limit <n>", "acts a page, 1 to 1000 (default 50)")
      .option("--cursor <cursor>", "the next page, from the page before; it remembers --since and --until");
  },
  run: async (_args, options, session) => {
    const [{ parseListInput }, { actionTypes }] = await Promise.all([
      import("./list-input.ts"),
      import("@vidops/core/admin"),
    ]);
    const input = parseListInput(options, session.context.now(), actionTypes);
    const [{ listActions }, { listData, listRows, listView }] = await Promise.all([
      import("./list.handler.ts"),
      import("./list.view.ts"),
    ]);
    const page = await listActions(input, session);
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
