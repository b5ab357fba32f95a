import type { CommandModule } from "../command-module.ts";
import { changeUserCommand } from "./change-user-command.ts";

export const usersRevokeAdminCommand: CommandModule = changeUserCommand("revoke-admin", {
  description:
    "Makes an admin an ordinary user again, from the next request on, in sessions that are signed in too. The last admin stays one.",
  examples: [
    {
      command: 'vidops users revoke-admin grace@example.com --reason "left the company"',
      comment: "shows who it is, asks, revokes",
    },
  ],
});
