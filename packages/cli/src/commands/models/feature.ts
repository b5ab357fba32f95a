import type { CommandModule } from "../command-module.ts";
import { modelCommand } from "./change-command.ts";

export const modelsFeatureCommand: CommandModule = modelCommand({
  description: "Features a model, so that apps show it among the first, or with --off no longer.",
  examples: [
    { command: 'vidops models feature "Kling 2.1" --reason "launch week"', comment: "features it" },
    {
      command: 'vidops models feature "Kling 2.1" --off --reason "launch week is over" --yes',
      comment: "no longer",
    },
  ],
  options: (command) => command.option("--off", "feature it no longer"),
  change: async (options) => ({ column: "featured", value: options.off !== true }),
});
