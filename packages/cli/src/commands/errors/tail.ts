import { exitCodes } from "../../exit-codes.ts";
import type { CommandModule } from "../command-module.ts";
import { addFilters } from "./error-filters.ts";

export const errorsTailCommand: CommandModule = {
  description:
    "Prints errors as they are logged, the newest last, until it is interrupted (Ctrl-C, exit 0: a follow that is ended is " +
    "done). It asks every --interval, goes on after a network error, and prints each error once. --json prints one object a " +
    "line, as --output ndjson does.",
  examples: [
    { command: "vidops errors tail", comment: "the last ten minutes, then what comes" },
    { command: "vidops errors tail --code 6001 --interval 10s", comment: "one code, asking less often" },
    { command: "vidops errors tail --json | jq -r .summary", comment: "for a program" },
  ],
  exits: [exitCodes.notFound, exitCodes.notAllowed, exitCodes.tryLater],
  list: true,
  configure: (command) => {
    addFilters(command, ["code", "endpoint", "user", "language", "fingerprint"])
      .option("--since <time>", "begin there: 1h (ago), 2026-11-01, or an ISO 8601 time (default 10m)")
      .option("--interval <time>", "how often to ask, 1s to 1h (default 2s)");
  },
  run: async (_args, options, session) => {
    const [{ parseTailInput }, { tailErrors }] = await Promise.all([
      import("./tail-input.ts"),
      import("./tail.handler.ts"),
    ]);
    await tailErrors(parseTailInput(options, session.context.now()), session);
    return { result: null };
  },
};
