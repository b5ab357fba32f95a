import { readFileSync } from "node:fs";
import { basename, resolve } from "node:path";
import { shown } from "../../arguments.ts";
import { usageError } from "../../command-error.ts";

/** A translator's file: messages by code. */
export interface LocaleFile {
  /** As it was given. */
  readonly path: string;
  readonly language: string;
  readonly messages: Readonly<Record<string, unknown>>;
}

const form = 'A locale file is named by its language, e.g. tr.json, and holds {"ERR_4001": "…"}.';

/**
 * Reads a locale file; its messages are not checked yet.
 * @throws CommandError exit 2 when it cannot be read, is no JSON object, or is not named by a language.
 */
export function readLocaleFile(path: string, cwd: string): LocaleFile {
  const language = languageOf(path);
  if (language === null) throw usageError(`The name of ${shown(path)} is no language that is known.`, form);
  let content: unknown;
  try {
    // A byte order mark is what some editors put first; JSON knows none.
    content = JSON.parse(readFileSync(resolve(cwd, path), "utf8").replace(/^\ufeff/, ""));
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw usageError(
      code === "ENOENT" ? `There is no file ${shown(path)}.` : `${shown(path)} cannot be read: ${message}.`,
      form,
    );
  }
  if (typeof content !== "object" || content === null || Array.isArray(content))
    throw usageError(`${shown(path)} holds no JSON object.`, form);
  return { path, language, messages: content as Record<string, unknown> };
}

function languageOf(path: string): string | null {
  try {
    const name = basename(path).replace(/\.json$/i, "");
    // Well-formed is not enough: "messages" is, and so is "errors", which would be checked as a language without plurals.
    return Intl.PluralRules.supportedLocalesOf(name)[0] ?? null;
  } catch {
    return null;
  }
}
