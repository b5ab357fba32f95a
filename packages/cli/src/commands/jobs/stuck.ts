import type { CommandSession } from "../../command-session.ts";
import { exitCodes } from "../../exit-codes.ts";
import { lookOf } from "../../output/look.ts";
import type { CommandModule, Outcome } from "../command-module.ts";
import type { StuckInput } from "./stuck-input.ts";

export const jobsStuckCommand: CommandModule = {
  description:
    "Lists generations that are neither completed nor failed some time after they were ordered, the oldest first: how long they " +
    "hang, and at which provider. With --settle, the providers are asked about each: one that has completed gets its video, one that " +
    "failed or was never taken is failed and refunded, one that runs is left. That needs the secret key, and the providers' " +
    "keys: FAL_KEY (for pika too), RUNWAYML_API_SECRET. Running it again goes on; several at once do no harm.",
  examples: [
    { command: "vidops jobs stuck", comment: "what hangs for more than 15 minutes" },
    { command: "vidops jobs stuck --older-than 1h --provider fal", comment: "for longer, at one provider" },
    { command: "vidops jobs stuck --settle --dry-run", comment: "what would be asked about" },
    { command: "npx vidops jobs stuck --settle --yes --json", comment: "for a schedule" },
  ],
  exits: [
    ...[exitCodes.notAllowed, exitCodes.someFailed, exitCodes.consentNeeded, exitCodes.tryLater],
    exitCodes.interrupted,
  ],
  list: true,
  configure: (command) => {
    command
      .option("--older-than <time>", "how long a job may take, e.g. 15m, 1h, 1d (default 15m)")
      .option("--provider <provider>", "only of this provider: fal, runway, pika")
      .option("--settle", "ask the providers, and complete or fail what has ended")
      .option("--dry-run", "with --settle: show what would be asked about, and stop")
      .option("--limit <n>", "jobs a page, 1 to 1000 (default 50; 100 with --settle)")
      .option("--cursor <cursor>", "the next page, from the page before");
  },
  run: async (_args, options, session) => {
    const { parseStuckInput } = await import("./stuck-input.ts");
    const input = parseStuckInput(options);
    return input.settle ? settle(input, session) : list(input, session);
  },
};

async function list(input: StuckInput, session: CommandSession): Promise<Outcome> {
  const [{ stuckJobs }, { stuckData, stuckRows, stuckView }] = await Promise.all([
    import("./stuck.handler.ts"),
    import("./stuck.view.ts"),
  ]);
  const page = await stuckJobs(input, session);
  return {
    result: {
      data: stuckData(page),
      document: stuckView(page, input, lookOf(session)),
      list: stuckRows(page),
      meta: { next_cursor: page.nextCursor },
    },
  };
}

async function settle(input: StuckInput, session: CommandSession): Promise<Outcome> {
  const [{ settleStuck }, { interruptedSettling, settledData, settledRows, settledView, unsettled }] =
    await Promise.all([import("./settle.handler.ts"), import("./settle.view.ts")]);
  const run = await settleStuck(input, session);
  const result = {
    data: settledData(run),
    document: settledView(run, lookOf(session)),
    list: settledRows(run),
  };
  if (run.interrupted) {
    if (session.output.format !== "json") await session.output.result(result);
    throw interruptedSettling(run);
  }
  return unsettled(run) === 0 ? { result } : { result, exitCode: exitCodes.someFailed };
}
