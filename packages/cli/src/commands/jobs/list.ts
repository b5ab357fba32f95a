import { exitCodes } from "../../exit-codes.ts";
import { lookOf } from "../../output/look.ts";
import type { CommandModule } from "../command-module.ts";

export const jobsListCommand: CommandModule = {
  description:
    "Lists generations of everybody, newest first, a page at a time. A cursor stays right while jobs are added. `vidops jobs show` " +
    "prints one whole, `vidops jobs stuck` those that hang.",
  examples: [
    { command: "vidops jobs list --status failed --since 1h", comment: "what failed in the last hour" },
    { command: "vidops jobs list --user ada@example.com", comment: "one user's" },
    {
      command: "vidops jobs list --delivered-free --since 30d",
      comment: "videos that came after the charge was given back",
    },
    {
      command: "vidops jobs list --provider fal --output csv > jobs.csv",
      comment: "for a spreadsheet",
    },
  ],
  exits: [exitCodes.notFound, exitCodes.notAllowed, exitCodes.tryLater],
  list: true,
  configure: (command) => {
    command
      .option("--status <status>", "only these: pending, processing, completed or failed")
      .option("--user <user>", "only this user's: id or email")
      .option("--model <model>", "only of this model: id or name")
      .option("--provider <provider>", "only of this provider: fal, runway, pika")
      .option("--delivered-free", "only those whose video came after the charge was given back")
      .option("--refunded", "only those of which credits were given back")
      .option("--deleted", "only those that their users deleted")
      .option("--since <time>", "ordered from then on: 24h (ago), 2026-11-01, or an ISO 8601 time")
      .option("--until <time>", "ordered before then")
      .option("--limit <n>", "jobs a page, 1 to 1000 (default 50)")
      .option("--cursor <cursor>", "the next page, from the page before; it remembers --since and --until");
  },
  run: async (_args, options, session) => {
    const [{ parseListInput }, { generationStatuses }] = await Promise.all([
      import("./list-input.ts"),
      import("@vidops/core/jobs"),
    ]);
    const input = parseListInput(options, session.context.now(), generationStatuses);
    const [{ pageOfJobs }, { listData, listRows, listView }] = await Promise.all([
      import("./list.handler.ts"),
      import("./list.view.ts"),
    ]);
    const page = await pageOfJobs(input, session);
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
