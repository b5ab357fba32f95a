import type { CommandModule } from "../command-module.ts";
import { modelCommand } from "./change-command.ts";

export const modelsDisableCommand: CommandModule = modelCommand({
  description: "Takes a model off sale: users are not offered it any more, and jobs already started go on.",
  examples: [
    {
      command: 'vidops models disable "Kling 2.1" --reason "provider outage" --ticket SUP-4711',
      comment: "shows it, asks, does it",
    },
    { command: "vidops models disable --reason 'provider outage'", comment: "lets you search and pick" },
  ],
  change: async () => ({ column: "availability", value: false }),
});
