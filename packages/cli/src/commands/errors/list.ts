import { exitCodes } from "../../exit-codes.ts";
import { lookOf } from "../../output/look.ts";
import type { CommandModule } from "../command-module.ts";
import { addFilters } from "./error-filters.ts";

export const errorsListCommand: CommandModule = {
  description:
    "Lists what was logged in error_log, newest first, a page at a time. A cursor stays right while errors are added. " +
    "`vidops errors show` prints one of them whole.",
  examples: [
    { command: "vidops errors list --since 1h", comment: "the last hour" },
    { command: "vidops errors list --code 6001 --user ada@example.com", comment: "one code, one user" },
    {
      command: "vidops errors list --since 24h --limit 1000 --output csv > errors.csv",
      comment: "for a spreadsheet",
    },
    {
      command: "vidops errors list --since 1h --json | jq '.data.errors[].summary'",
      comment: "for a program; data.next_cursor leads to the next page",
    },
  ],
  exits: [exitCodes.notFound, exitCodes.notAllowed, exitCodes.tryLater],
  list: true,
  configure: (command) => {
    addFilters(command, ["code", "endpoint", "user", "language", "fingerprint", "requestId"])
      .option("--since <time>", "from then on: 24h (ago), 2026-11-01, or an ISO 8601 time")
      .option("--until <time>", "before then")
      .option("--limit <n>", "errors a page, 1 to 1000 (default 50)")
      .option("--cursor <cursor>", "the next page, from the page before; it remembers --since and --until");
  },
  run: async (_args, options, session) => {
    const [{ parseListInput }, { listLoggedErrors }, { listData, listRows, listView }] = await Promise.all([
      import("./list-input.ts"),
      import("./list.handler.ts"),
      import("./list.view.ts"),
    ]);
    const input = parseListInput(options, session.context.now());
    const page = await listLoggedErrors(input, session);
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
