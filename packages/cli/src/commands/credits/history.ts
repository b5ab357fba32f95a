import { usageError } from "../../command-error.ts";
import { exitCodes } from "../../exit-codes.ts";
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
    const [{ parseCount, parseUserReference }, { looksLikeDuration, parseTime }] = await Promise.all([
      import("../../arguments.ts"),
      import("../../durations.ts"),
    ]);
    const text = (name: string): string | undefined => options[name] as string | undefined;
    const cursor = text("cursor") ?? null;
    const time = (name: "since" | "until"): Date | null => {
      const given = text(name);
      if (given === undefined) return null;
      const parsed = parseTime(given, `--${name}`, session.context.now());
      // "24h ago" was another moment when the cursor was made; the cursor remembers which.
      return cursor !== null && looksLikeDuration(given) ? null : parsed;
    };
    const [since, until] = [time("since"), time("until")];
    if (since && until && since >= until) throw usageError("--since must be before --until.");
    const query = {
      user: parseUserReference(user, "<user>"),
      limit: text("limit") === undefined ? 50 : parseCount(text("limit") ?? "", "--limit", 1, 1000),
      cursor,
      since,
      until,
    };
    const [{ listHistory }, { historyData, historyRows, historyView }] = await Promise.all([
      import("./history.handler.ts"),
      import("./history.view.ts"),
    ]);
    const page = await listHistory(query, session);
    return {
      result: {
        data: historyData(page),
        document: historyView(page, user),
        list: historyRows(page),
        meta: { next_cursor: page.nextCursor },
      },
    };
  },
};
