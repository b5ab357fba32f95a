import { exitCodes } from "../../exit-codes.ts";
import { lookOf } from "../../output/look.ts";
import type { CommandModule } from "../command-module.ts";

export const localResetCommand: CommandModule = {
  description:
    "Stops the local stack and deletes its data. Its keys stay, so that what was configured with them works on.",
  examples: [
    { command: "vidops local reset --dry-run", comment: "show what would be deleted" },
    { command: "vidops local reset --yes", comment: "delete it" },
  ],
  exits: [exitCodes.consentNeeded, exitCodes.interrupted],
  configure: (command) => {
    command
      .option("--data-dir <folder>", "the data to delete (default: the usual place)")
      .option("--dry-run", "show what would be deleted, and stop");
  },
  run: async (_args, options, session) => {
    const { reset } = await import("./manage.handler.ts");
    const { resetView, stacksData } = await import("./manage.view.ts");
    const dataDir = (options.dataDir as string | undefined) ?? null;
    const report = await reset({ dataDir, dryRun: options.dryRun === true }, session);
    return {
      result: {
        data: {
          data_dir: report.dataDir,
          removed: report.removed,
          dry_run: report.dryRun,
          stopped: stacksData(report.stopped),
        },
        document: resetView(report, lookOf(session)),
      },
    };
  },
};
