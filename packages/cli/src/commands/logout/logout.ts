import type { CommandModule } from "../command-module.ts";

export const logoutCommand: CommandModule = {
  description:
    "Ends your login at the project: the session is revoked at Auth and deleted from this machine, also when Auth cannot be " +
    "reached, which is then said. Logins on other machines stay.",
  examples: [
    { command: "vidops logout", comment: "at the project that commands use now" },
    { command: "vidops logout --profile staging", comment: "at another one" },
  ],
  exits: [],
  configure: () => {},
  run: async (_args, _options, session) => {
    const [{ logout }, { logoutData, logoutView }] = await Promise.all([
      import("./logout.handler.ts"),
      import("./logout.view.ts"),
    ]);
    const report = await logout(session);
    return { result: { data: logoutData(report), document: logoutView(report) } };
  },
};
