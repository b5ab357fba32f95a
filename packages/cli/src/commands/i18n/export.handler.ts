import type { ErrorSet } from "@vidops/core/errors";
import { shown } from "../../arguments.ts";
import { CommandError, usageError } from "../../command-error.ts";
import type { CommandSession } from "../../command-session.ts";
import { toAndroid } from "./android.ts";
import { androidFolder } from "./android-folder.ts";
import { exportedMessages, Inexpressible } from "./exported-message.ts";
import { loadErrorSet, refuseFaulty } from "./load-error-set.ts";
import { toLocaleJson } from "./locale-json.ts";
import { toXcstrings } from "./xcstrings.ts";

const formats = ["json", "xcstrings", "android"] as const;

export interface ExportedFile {
  readonly format: (typeof formats)[number];
  /** Null is all. */
  readonly language: string | null;
  readonly content: string;
  /** Where an app expects the file, where its path says its language. */
  readonly place: string | null;
}

/**
 * Writes the messages in a format for apps.
 * @throws CommandError exit 2 for bad options and for messages that the format has no words for, each named.
 */
export async function exportMessages(
  options: Readonly<Record<string, unknown>>,
  { context }: CommandSession,
): Promise<ExportedFile> {
  const text = (name: string): string | null => (options[name] as string | undefined) ?? null;
  const format = formats.find((known) => known === text("format"));
  if (format === undefined) {
    throw usageError(
      text("format") === null
        ? "--format is missing."
        : `--format must be ${formats.join(", ")}, got ${shown(text("format") ?? "")}.`,
      "For example: vidops i18n export --format xcstrings",
    );
  }
  const set = await refuseFaulty(loadErrorSet(text("errors"), context.cwd));
  const asked = text("language");
  const language = asked === null ? null : languageOf(set, asked);
  if (format === "android" && language === null)
    throw usageError(
      "--format android writes one language a file: name it with --language.",
      `It has ${set.languages.join(", ")}.`,
    );
  const languages = language === null ? set.languages : [language];
  return {
    format,
    language,
    content: write(set, format, languages, language),
    place:
      format === "android" && language !== null
        ? `res/${androidFolder(language, language === set.languages[0])}/`
        : null,
  };
}

function write(
  set: ErrorSet,
  format: ExportedFile["format"],
  languages: readonly string[],
  language: string | null,
): string {
  if (format === "json") return toLocaleJson(set, language);
  try {
    return format === "android"
      ? toAndroid(exportedMessages(set), language ?? "")
      : toXcstrings(exportedMessages(set), languages, set.languages[0] ?? "en");
  } catch (error) {
    if (!(error instanceof Inexpressible)) throw error;
    const faults = error.message.split("\n");
    throw new CommandError(
      "CLI_USAGE",
      `${faults.length} ${faults.length === 1 ? "message has" : "messages have"} no form in ${format}:`,
      { hint: error.message, reason: "inexpressible_message", details: { messages: faults }, cause: error },
    );
  }
}

function languageOf(set: ErrorSet, asked: string): string {
  const language = set.languages.find((tag) => tag.toLowerCase() === asked.trim().toLowerCase());
  if (language !== undefined) return language;
  throw usageError(`There are no messages in ${shown(asked)}.`, `There are ${set.languages.join(", ")}.`);
}
