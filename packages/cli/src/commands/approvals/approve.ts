import { usageError } from "../../command-error.ts";
import { exitCodes } from "../../exit-codes.ts";
import { lookOf } from "../../output/look.ts";
import type { CommandModule } from "../command-module.ts";

export const approvalsApproveCommand: CommandModule = {
  description:
    "Approves a request of another admin: shows the exact act and what it changes, asks, and does it, once, in the name of who " +
    "asked and with yours beside. What is sent is the hash of what was shown, or with --yes of what was reviewed before (--hash): " +
    "another act than that is refused. Needs a login; " +
    "a secret key does not say who holds it. Without an id, on a terminal, you pick one.",
  examples: [
    { command: "vidops approvals approve 12", comment: "shows it, asks, does it" },
    { command: "vidops approvals approve 12 --dry-run", comment: "only looks" },
    {
      command: "vidops approvals approve 12 --hash HASH --yes --json",
      comment: "by a script: exactly what was reviewed before (payload_hash of approvals show)",
    },
  ],
  exits: [
    exitCodes.notFound,
    exitCodes.notAllowed,
    exitCodes.refused,
    exitCodes.consentNeeded,
    exitCodes.outcomeUnknown,
    exitCodes.tryLater,
    exitCodes.interrupted,
  ],
  configure: (command) => {
    command
      .argument("[id]", "id of the request")
      .option(
        "--hash <hash>",
        "only if the request has this hash: what was reviewed before; needed with --yes",
      )
      .option("--dry-run", "show what it would change, and stop");
  },
  run: async ([typed], options, session) => {
    const { approvalIdOf } = await import("./approval-id.ts");
    const hash = (options.hash as string | undefined)?.trim().toLowerCase() ?? null;
    if (hash !== null && !/^[0-9a-f]{64}$/.test(hash))
      throw usageError("--hash must be 64 hexadecimal digits.", "It is in `vidops approvals show`.");
    const dryRun = options.dryRun === true;
    if (session.flags.yes && !dryRun && hash === null)
      throw usageError(
        "--yes approves what was reviewed before, and only its --hash says what that was.",
        "It is in `vidops approvals show`, as payload_hash in its JSON.",
      );
    const id = await approvalIdOf(typed, "approve", session);
    const [{ approve }, { approveData, approveView }] = await Promise.all([
      import("./approve.handler.ts"),
      import("./approve.view.ts"),
    ]);
    const report = await approve({ id, hash, dryRun }, session);
    return { result: { data: approveData(report), document: approveView(report, lookOf(session)) } };
  },
};
