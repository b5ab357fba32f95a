import { exitCodes } from "../../exit-codes.ts";
import type { CommandModule } from "../command-module.ts";

export const demoCommand: CommandModule = {
  description:
    "A guided run on a throw-away database with demo data: look at a refund, do it, see balance, ledger and audit, do it " +
    "again without doing it twice, be refused an over-refund, clean up; then the app's side, where a guest generates a video and a " +
    "failing one is paid back (with the npm package deno). Asks nothing and leaves nothing behind.",
  examples: [
    { command: "vidops demo", comment: "needs @vidops/local; takes some seconds" },
    { command: "vidops demo --json", comment: "the steps as one JSON document" },
  ],
  exits: [exitCodes.interrupted],
  configure: () => {},
  run: async (_args, _options, session) => {
    const { runDemo } = await import("./demo.handler.ts");
    const { demoData, demoEnd } = await import("./demo.view.ts");
    const report = await runDemo(session);
    return { result: { data: demoData(report), document: demoEnd(report) } };
  },
};
