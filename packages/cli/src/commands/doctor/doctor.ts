import { exitCodes } from "../../exit-codes.ts";
import type { CommandModule } from "../command-module.ts";
import { aboutProject } from "../next-command.ts";

export const doctorCommand: CommandModule = {
  description:
    "Checks what the rest leans on: settings, URL, key, clock, schema version, grants that should not be there, the " +
    "ledger, admins, jobs that hang. Says for each how to mend it, and goes on after a failure. Exits 1 when a check failed, 4 when it " +
    "is the key. It changes nothing.",
  examples: [
    { command: "vidops doctor", comment: "check the project that the settings name" },
    { command: "vidops doctor --profile prod --json", comment: "another profile, for a monitor" },
  ],
  exits: [exitCodes.notAllowed],
  configure: () => {},
  run: async (_args, _options, session) => {
    const [{ examine }, { doctorData, doctorView }] = await Promise.all([
      import("./doctor.handler.ts"),
      import("./doctor.view.ts"),
    ]);
    const { project, checks: found } = await examine(session);
    const checks = found.map((check) => ({
      ...check,
      fix: check.fix.map((line) => aboutProject(line, session.flags)),
    }));
    const examination = { project, checks };
    const failed = examination.checks.filter((check) => check.status === "fail");
    return {
      result: { data: doctorData(examination), document: doctorView(examination) },
      exitCode:
        failed.length === 0
          ? exitCodes.done
          : failed.some((check) => check.name === "key")
            ? exitCodes.notAllowed
            : exitCodes.unexpected,
    };
  },
};
