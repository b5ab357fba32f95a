import type { CommandModule } from "../command-module.ts";
import { modelCommand } from "./change-command.ts";

export const modelsEnableCommand: CommandModule = modelCommand({
  description: "Puts a model on sale again.",
  examples: [
    {
      command: 'vidops models enable "Kling 2.1" --reason "provider is back"',
      comment: "shows it, asks, does it",
    },
  ],
  change: async () => ({ column: "availability", value: true }),
});
