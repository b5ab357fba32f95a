import { exitCodes } from "../../exit-codes.ts";
import type { CommandModule } from "../command-module.ts";

export const errorsExplainCommand: CommandModule = {
  description:
    "Says what an error code means: its name and HTTP status, whether a repeat may work, what a developer should do, its " +
    "variables, and its message in every language with an example. It needs no project and no network.",
  examples: [
    { command: "vidops errors explain ERR_4001", comment: "also understood: err_4001, 4001" },
    { command: "vidops errors explain APP_1001 --errors src/errors.ts", comment: "a code of the app's own" },
  ],
  exits: [exitCodes.notFound],
  configure: (command) => {
    command
      .argument("<code>", "an error code")
      .option("--errors <module>", "JavaScript or TypeScript module that exports what defineErrors returned");
  },
  run: async ([code = ""], options, session) => {
    const [{ explainError }, { explanationData, explanationView }] = await Promise.all([
      import("./explain.handler.ts"),
      import("./explain.view.ts"),
    ]);
    const module = (options.errors as string | undefined) ?? null;
    const explanation = await explainError(code, module, session);
    return {
      result: {
        data: explanationData(explanation),
        document: explanationView(explanation, session.flags),
      },
    };
  },
};
