import type { CommandModule } from "../command-module.ts";

export const i18nExportCommand: CommandModule = {
  description:
    "Prints the messages of the error codes as a file for an app: json (ICU MessageFormat, as `i18n check` reads it), " +
    "xcstrings (Apple String Catalog) or android (string resources, one language a file). Plurals stay plurals, arguments " +
    "are numbered alike in every language, and what a format has no words for is an error.",
  examples: [
    {
      command: "vidops i18n export --format xcstrings > Errors.xcstrings",
      comment: "for Xcode, all languages in one file",
    },
    {
      command: "vidops i18n export --format android --language tr > res/values-tr/errors.xml",
      comment: "for Android Studio",
    },
    {
      command: "vidops i18n export --format json --language en --errors src/errors.ts > de.json",
      comment: "what a translator begins with, the app's own codes included",
    },
  ],
  exits: [],
  configure: (command) => {
    command
      .option("--format <format>", "json, xcstrings or android")
      .option("--language <tag>", "only this language; android needs one (default: all)")
      .option("--errors <module>", "JavaScript or TypeScript module that exports what defineErrors returned");
  },
  run: async (_args, options, session) => {
    const { exportMessages } = await import("./export.handler.ts");
    const file = await exportMessages(options, session);
    const { line } = await import("../../output/document.ts");
    if (file.place !== null) session.output.note({ text: `belongs in ${file.place}`, tone: "quiet" });
    return {
      result: {
        data: { format: file.format, language: file.language, content: file.content },
        // The exporters write what a terminal would obey as escapes of the format, so that printing changes nothing.
        document: file.content
          .replace(/\n$/, "")
          .split("\n")
          .map((text) => line(text)),
      },
    };
  },
};
