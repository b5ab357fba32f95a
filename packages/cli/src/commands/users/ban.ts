import type { CommandModule } from "../command-module.ts";
import { changeUserCommand } from "./change-user-command.ts";

export const usersBanCommand: CommandModule = changeUserCommand("ban", {
  description:
    "Bans an account: its charges and generations are refused from then on, in sessions that are signed in too. The reason is for the " +
    "audit; what the user may read is --public-reason. Nobody can ban themselves, or the last admin.",
  examples: [
    {
      command: 'vidops users ban ada@example.com --reason "chargeback fraud" --ticket SUP-4711',
      comment: "shows who it is, asks, bans",
    },
    { command: "vidops users ban --reason spam", comment: "search and pick on a terminal" },
  ],
});
