import type { CommandModule } from "../command-module.ts";
import { modelCommand } from "./change-command.ts";

export const modelsPriceCommand: CommandModule = modelCommand({
  description:
    "Sets what one generation with a model costs, in credits. New jobs pay it from then on; jobs already started keep their price.",
  examples: [
    {
      command: 'vidops models price "Kling 2.1" --credits 12 --reason "the provider raised its price"',
      comment: "shows before and after, asks, does it",
    },
    {
      command: 'vidops models price "Kling 2.1" --credits 12 --reason look --dry-run --json',
      comment: "only looks, and prints it as JSON",
    },
  ],
  options: (command) => command.option("--credits <n>", "credits for one generation (required)"),
  change: async (options) => {
    const { parsePrice } = await import("./change-input.ts");
    return { column: "price", value: parsePrice(options) };
  },
});
