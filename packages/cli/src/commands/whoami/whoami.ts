import { exitCodes } from "../../exit-codes.ts";
import { lookOf } from "../../output/look.ts";
import type { CommandModule } from "../command-module.ts";

export const whoamiCommand: CommandModule = {
  description:
    "Shows which project would be used, who one is there, and where each setting came from: flags, environment, " +
    "vidops.config.json, the user file, or a default; and as whom one is signed in. Asks the project whether it accepts the key. Prints no secret.",
  examples: [
    { command: "vidops whoami", comment: "what a command would use" },
    { command: "vidops whoami --profile prod --json", comment: "what a profile gives, as JSON" },
  ],
  exits: [exitCodes.notAllowed],
  configure: () => {},
  run: async (_args, _options, session) => {
    const [{ whoami }, { whoamiData, whoamiView }] = await Promise.all([
      import("./whoami.handler.ts"),
      import("./whoami.view.ts"),
    ]);
    const report = await whoami(session);
    return {
      result: { data: whoamiData(report), document: whoamiView(report, lookOf(session)) },
      exitCode: report.problem
        ? exitCodes.usage
        : report.server.status === "refused"
          ? exitCodes.notAllowed
          : exitCodes.done,
    };
  },
};
