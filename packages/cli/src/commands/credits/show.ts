import { exitCodes } from "../../exit-codes.ts";
import type { CommandModule } from "../command-module.ts";

export const creditsShowCommand: CommandModule = {
  description:
    "Shows a user's balance and totals, and proves the ledger: the sum of its changes, its last balance and the " +
    "user's balance must be one number. Exits 6 when they are not.",
  examples: [
    { command: "vidops credits show ada@example.com", comment: "by email" },
    { command: "vidops credits show 0b0e3f5a-5e1c-4b6b-9c1f-2a8d4f6e7a90 --json", comment: "by id, as JSON" },
  ],
  exits: [exitCodes.notFound, exitCodes.notAllowed, exitCodes.someFailed, exitCodes.tryLater],
  configure: (command) => {
    command.argument("<user>", "id or email");
  },
  run: async ([user = ""], _options, session) => {
    const { parseUserReference } = await import("../../arguments.ts");
    const reference = parseUserReference(user, "<user>");
    const [{ showCredits }, { creditsView, creditsData }] = await Promise.all([
      import("./show.handler.ts"),
      import("./show.view.ts"),
    ]);
    const report = await showCredits(reference, session);
    return {
      result: { data: creditsData(report), document: creditsView(report, session) },
      exitCode: report.proof.ok ? exitCodes.done : exitCodes.someFailed,
    };
  },
};
