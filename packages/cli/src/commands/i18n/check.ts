import { exitCodes } from "../../exit-codes.ts";
import type { CommandModule } from "../command-module.ts";

export const i18nCheckCommand: CommandModule = {
  description:
    "Holds the messages of every language against the catalogue of error codes: none missing, each placeholder there and " +
    'used as what it is, every plural case. Exits 1 when a language lags, for CI. With locale files ({"ERR_4001": "…"}, ' +
    "named <language>.json), checks those too. With --source, also lists codes that no source file names; that is no lag.",
  examples: [
    { command: "vidops i18n check", comment: "vidops' own messages" },
    {
      command: "vidops i18n check --errors src/errors.ts --source src",
      comment: "an app's codes, and those it never uses",
    },
    { command: "vidops i18n check locales/de.json --json", comment: "a translator's file, for CI" },
  ],
  exits: [],
  list: true,
  configure: (command) => {
    command
      .argument("[file...]", "locale files, e.g. locales/de.json")
      .option("--errors <module>", "JavaScript or TypeScript module that exports what defineErrors returned")
      .option("--source <folder...>", "where the codes are used");
  },
  run: async (files, options, session) => {
    const [{ checkTranslations }, { checkData, checkRows, checkView }] = await Promise.all([
      import("./check.handler.ts"),
      import("./check.view.ts"),
    ]);
    const report = await checkTranslations(
      {
        files,
        module: (options.errors as string | undefined) ?? null,
        sources: (options.source as readonly string[] | undefined) ?? [],
      },
      session,
    );
    return {
      result: { data: checkData(report), document: checkView(report), list: checkRows(report) },
      exitCode: report.findings.length > 0 ? exitCodes.unexpected : exitCodes.done,
    };
  },
};
