import { exitCodes } from "../../exit-codes.ts";
import { lookOf } from "../../output/look.ts";
import type { CommandModule } from "../command-module.ts";

export const loginCommand: CommandModule = {
  description:
    "Signs you in at the project as yourself: with email and password, an emailed code, or in the browser. Then no command " +
    "needs the secret key, and each act has your name on it. Only admins get in. The login is kept in the keychain of your " +
    "system, or in a file that only you can read where there is none, and is renewed by itself. `vidops logout` ends it.",
  examples: [
    { command: "vidops login --email ada@example.com", comment: "asks for the password" },
    {
      command: "vidops login --email ada@example.com --code",
      comment: "sends a code by email and asks for it",
    },
    { command: "vidops login --provider github", comment: "in the browser" },
    {
      command: "vidops login --email ci@example.com --password-stdin < password.txt",
      comment: "in a script",
    },
  ],
  exits: [exitCodes.notAllowed, exitCodes.consentNeeded, exitCodes.tryLater, exitCodes.interrupted],
  configure: (command) => {
    command
      .option("--email <address>", "whose login; asked for where it is needed and missing")
      .option("--password-stdin", "read the password from stdin, to its end or its first line break")
      .option("--code", "sign in with a code that is sent by email")
      .option("--provider <name>", "sign in through a provider of the project, e.g. github, google, azure")
      .option("--no-browser", "with --provider: only print the address to open")
      .option(
        "--port <n>",
        "with --provider: where the browser comes back to on this machine (default: any free port)",
      );
  },
  run: async (_args, options, session) => {
    const { parseLoginInput } = await import("./login-input.ts");
    const input = parseLoginInput(options, session);
    const [{ login }, { loginData, loginView }] = await Promise.all([
      import("./login.handler.ts"),
      import("./login.view.ts"),
    ]);
    const report = await login(input, session);
    return { result: { data: loginData(report), document: loginView(report, lookOf(session)) } };
  },
};
