import { exitCodes } from "../../exit-codes.ts";
import { lookOf } from "../../output/look.ts";
import type { CommandModule } from "../command-module.ts";

export const usersShowCommand: CommandModule = {
  description:
    "Prints what support has to know of a user on one screen: balance and its proof, ledger, jobs, refunds, limits, errors, bans, and " +
    "what admins did. A part of an email will do where only one user has it; without any, on a terminal, it lets you search and pick.",
  examples: [
    { command: "vidops users show ada@example.com", comment: "by email, in any case" },
    { command: "vidops users show lovelace", comment: "by a part, where only one user has it" },
    {
      command: "vidops users show 0b0e3f5a-5e1c-4b6b-9c1f-2a8d4f6e7a90 --rows 50 --json",
      comment: "by id, with more of each list, for a program",
    },
  ],
  exits: [exitCodes.notFound, exitCodes.notAllowed, exitCodes.refused, exitCodes.tryLater],
  configure: (command) => {
    command
      .argument("[user]", "id, email, or what only one user has; left out on a terminal: search and pick")
      .option("--rows <n>", "entries of each list, 1 to 50 (default 5)");
  },
  run: async ([user], options, session) => {
    const [{ parseCount }, { parseUserTarget }, { showUser }, { overviewData }, { overviewView }] =
      await Promise.all([
        import("../../arguments.ts"),
        import("./user-target.ts"),
        import("./show.handler.ts"),
        import("./show-data.ts"),
        import("./show.view.ts"),
      ]);
    const rows = options.rows as string | undefined;
    const input = {
      user: parseUserTarget(user, session, "[user]", "vidops users show ada@example.com"),
      rows: rows === undefined ? 5 : parseCount(rows, "--rows", 1, 50),
    };
    const overview = await showUser(input, session);
    return { result: { data: overviewData(overview), document: overviewView(overview, lookOf(session)) } };
  },
};
