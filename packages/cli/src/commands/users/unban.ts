import type { CommandModule } from "../command-module.ts";
import { changeUserCommand } from "./change-user-command.ts";

export const usersUnbanCommand: CommandModule = changeUserCommand("unban", {
  description:
    "Lifts the ban of an account. Where thresholds for a second person are set, that of an admin becomes a request.",
  examples: [
    {
      command: 'vidops users unban ada@example.com --reason "the bank took the chargeback back"',
      comment: "shows who it is, asks, lifts the ban",
    },
  ],
});
