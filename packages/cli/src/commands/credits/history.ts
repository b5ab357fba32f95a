import { exitCodes } from "../../exit-codes.ts";
import { lookOf } from "../../output/look.ts";
import type { CommandModule } from "../command-module.ts";

export const creditsHistoryCommand: CommandModule = {
  description:
    "Lists a user's ledger, newest first, a page at a time. A cursor stays right while rows are added.",
  examples: [
    { command: "vidops credits history ada@example.com --since 24h", comment: "the last day" },
    {
      command: "vidops credits history ada@example.com --limit 1000 --output csv > ledger.csv",
      comment: "for a spreadsheet",
    },
  ],
  exits: [exitCodes.notFound, exitCodes.notAllowed, exitCodes.tryLater],
  list: true,
  configure: (command) => {
    command
      .argument("<user>", "id or email")
      .option("--limit <n>", "entries a page, 1 to 1000 (default 50)")
      .option("--cursor <cursor>", "the next page, from the page before; it remembers --since and --until")
      .option("--since <time>", "from then on: 24h (ago), 2026-11-01, or an ISO 8601 time")
      .option("--until <time>", "before then");
  },
  run: async ([user = ""], options, session) => {
    const [{ parseCount, parseUserReference }, { parseTimeRange }] = await Promise.all([
      import("../../arguments.ts"),
      import("../../time-range.ts"),
    ]);
    const text = (name: string): string | undefined => options[name] as string | undefined;
    const query = {
      user: parseUserReference(user, "<user>"),
      limit: text("limit") === undefined ? 50 : parseCount(text("limit") ?? "", "--limit", 1, 1000),
      cursor: text("cursor") ?? null,
      ...parseTimeRange(options, session.context.now()),
    };
    const [{ listHistory }, { historyData, historyRows, historyView }] = await Promise.all([
      import("./history.handler.ts"),
      import("./history.view.ts"),
    ]);
    const page = await listHistory(query, session);
    // The cursor remembers the times.
    const words = [
      "credits",
      "history",
      user,
      ...(text("limit") === undefined ? [] : ["--limit", `${query.limit}`]),
    ];
    return {
      result: {
        data: historyData(page),
        document: historyView(page, words, lookOf(session)),
        list: historyRows(page),
        meta: { next_cursor: page.nextCursor },
      },
    };
  },
};
