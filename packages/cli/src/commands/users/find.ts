import { exitCodes } from "../../exit-codes.ts";
import { lookOf } from "../../output/look.ts";
import type { CommandModule } from "../command-module.ts";

export const usersFindCommand: CommandModule = {
  description:
    "Finds users, newest first, a page at a time: by an id or its beginning (four digits or more), any part of an email, a whole " +
    "device id or a job id. Upper and lower case of an email are the same; nothing is a wildcard.",
  examples: [
    { command: "vidops users find lovelace@", comment: "part of an email" },
    { command: "vidops users find 0b0e3f5a", comment: "the beginning of an id, as lists show it" },
    { command: "vidops users find --banned --output csv > banned.csv", comment: "for a spreadsheet" },
  ],
  exits: [exitCodes.notAllowed, exitCodes.tryLater],
  list: true,
  configure: (command) => {
    command
      .argument("[text]", "id or its beginning, part of an email, device id, job id (default: everybody)")
      .option("--admins", "only admins")
      .option("--banned", "only banned users")
      .option("--guests", "only guests")
      .option("--tier <tier>", "only free or premium users")
      .option("--limit <n>", "users a page, 1 to 1000 (default 50)")
      .option("--cursor <cursor>", "the next page, from the page before");
  },
  run: async (args, options, session) => {
    const [{ parseFindInput }, { findUsers }, { usersData, usersRows, usersView }] = await Promise.all([
      import("./find-input.ts"),
      import("./find.handler.ts"),
      import("./find.view.ts"),
    ]);
    const input = parseFindInput(args, options);
    const page = await findUsers(input, session);
    return {
      result: {
        data: usersData(page),
        document: usersView(page, input, lookOf(session)),
        list: usersRows(page),
        meta: { next_cursor: page.nextCursor },
      },
    };
  },
};
