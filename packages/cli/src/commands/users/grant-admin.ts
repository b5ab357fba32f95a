import type { CommandModule } from "../command-module.ts";
import { changeUserCommand } from "./change-user-command.ts";

export const usersGrantAdminCommand: CommandModule = changeUserCommand("grant-admin", {
  description:
    "Makes a user an admin, who reads everything, moves credits, bans, and makes other admins. Where thresholds for a second person " +
    "are set, it becomes a request.",
  examples: [
    {
      command: 'vidops users grant-admin grace@example.com --reason "joins support"',
      comment: "shows who it is, asks, grants",
    },
  ],
});
