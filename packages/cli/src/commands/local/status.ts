import { exitCodes } from "../../exit-codes.ts";
import { lookOf } from "../../output/look.ts";
import type { CommandModule } from "../command-module.ts";

export const localStatusCommand: CommandModule = {
  description:
    "Shows which local stacks of this account run, and where data is kept. Exits 0 also when none runs.",
  examples: [{ command: "vidops local status --json", comment: "data.running says it for scripts" }],
  exits: [],
  configure: () => {},
  run: async (_args, _options, session) => {
    const [{ status }, { statusData, statusView }] = await Promise.all([
      import("./manage.handler.ts"),
      import("./manage.view.ts"),
    ]);
    const report = await status(session);
    return {
      result: { data: statusData(report), document: statusView(report, lookOf(session)) },
      exitCode: exitCodes.done,
    };
  },
};
