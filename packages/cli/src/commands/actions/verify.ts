import { usageError } from "../../command-error.ts";
import { exitCodes } from "../../exit-codes.ts";
import { lookOf } from "../../output/look.ts";
import type { CommandModule } from "../command-module.ts";

export const actionsVerifyCommand: CommandModule = {
  description:
    "Proves that no admin action was altered, removed, inserted or moved: walks the chain of hashes from the first one, computes " +
    "each hash itself, and names the first action that does not fit. Exits 6 then. Who owns the database could write a whole new " +
    "chain: keep what --head prints somewhere else, and give it back with --expect.",
  examples: [
    { command: "vidops actions verify", comment: "all of it, with progress" },
    { command: "vidops actions verify --head > head.txt", comment: "the place to pin, alone" },
    {
      command: 'vidops actions verify --expect "$(cat head.txt)"',
      comment: "and that history up to there is still the one it was then",
    },
    {
      command: 'vidops actions verify --after "$(cat head.txt)" --json',
      comment: "only what came since; what is before is believed",
    },
  ],
  exits: [exitCodes.notAllowed, exitCodes.someFailed, exitCodes.tryLater, exitCodes.interrupted],
  configure: (command) => {
    command
      .option("--head", "only print position and hash of the last action, to keep somewhere else")
      .option("--expect <place>", "history up to there must be the one that was pinned: position:hash")
      .option("--after <place>", "begin behind it, and believe what is before: position:hash");
  },
  run: async (_args, options, session) => {
    const { parseChainPlace } = await import("./chain-place.ts");
    const expect = parseChainPlace(options.expect as string | undefined, "--expect");
    const after = parseChainPlace(options.after as string | undefined, "--after");
    const head = options.head === true;
    if (head && (expect ?? after) !== null)
      throw usageError(
        "--head only prints the head; it verifies nothing.",
        "Leave --expect and --after out.",
      );
    if (expect !== null && after !== null && expect.position < after.position)
      throw usageError("--expect is before --after, so it would not be looked at.", "Leave --after out.");
    const [{ printedHead, verifyChain }, view] = await Promise.all([
      import("./verify.handler.ts"),
      import("./verify.view.ts"),
    ]);
    if (head) {
      const place = await printedHead(session);
      return { result: { data: view.headData(place), document: view.headView(place) } };
    }
    const report = await verifyChain({ expect, after }, session);
    return {
      result: { data: view.verifyData(report), document: view.verifyView(report, lookOf(session)) },
      exitCode: report.ok ? exitCodes.done : exitCodes.someFailed,
    };
  },
};
