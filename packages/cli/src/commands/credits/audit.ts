import { exitCodes } from "../../exit-codes.ts";
import { lookOf } from "../../output/look.ts";
import type { CommandModule } from "../command-module.ts";

export const creditsAuditCommand: CommandModule = {
  description:
    "Proves the ledger of one user or of all: sum of changes = last balance in the ledger = the user's balance. Lists " +
    "those that drift, and jobs that completed after they had been refunded (free videos). Exits 6 when one drifts.",
  examples: [
    { command: "vidops credits audit", comment: "all users, page by page, with progress" },
    { command: "vidops credits audit ada@example.com --json", comment: "one user" },
  ],
  exits: [exitCodes.notFound, exitCodes.notAllowed, exitCodes.someFailed, exitCodes.tryLater],
  list: true,
  configure: (command) => {
    command.argument("[user]", "id or email; default: all users");
  },
  run: async ([user], _options, session) => {
    const { parseUserReference } = await import("../../arguments.ts");
    const reference = user === undefined ? null : parseUserReference(user, "[user]");
    const [{ audit }, { auditData, auditRows, auditView }] = await Promise.all([
      import("./audit.handler.ts"),
      import("./audit.view.ts"),
    ]);
    const report = await audit(reference, session);
    return {
      result: {
        data: auditData(report),
        document: auditView(report, lookOf(session)),
        list: auditRows(report),
      },
      exitCode: report.usersDrifted > 0 ? exitCodes.someFailed : exitCodes.done,
    };
  },
};
