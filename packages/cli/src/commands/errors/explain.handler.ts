import type { ErrorSet } from "@vidops/core/errors";
import { VidopsError } from "@vidops/core/errors";
import { shown } from "../../arguments.ts";
import type { CommandSession } from "../../command-session.ts";
import { loadErrorSet, refuseFaulty } from "../i18n/load-error-set.ts";
import { normalizeCode } from "./error-filters.ts";
import type { Explanation } from "./explain.view.ts";

/**
 * Looks a code up in the catalogue.
 *
 * @param typed the code, also in lower case or as its digits only.
 * @param module of an app's own errors, or null.
 * @throws VidopsError exit 3 for a code that is not there; CommandError exit 2 for a module that is of no use.
 */
export async function explainError(
  typed: string,
  module: string | null,
  { context }: CommandSession,
): Promise<Explanation> {
  const set = await refuseFaulty(loadErrorSet(module, context.cwd));
  const code = codeOf(typed, set);
  const row = set.codes[code];
  if (row === undefined) throw unknownCode(typed, set, module);
  return {
    code,
    row,
    messages: set.languages.map((language) => ({
      language,
      source: set.messages[language]?.[code] ?? "",
      example: example(set, code, language),
    })),
  };
}

/** A code of the set, found without regard to case; codes are ASCII, so no locale's rules are asked. */
function codeOf(typed: string, set: ErrorSet): string {
  const code = normalizeCode(typed).toUpperCase();
  return Object.hasOwn(set.codes, code) ? code : "";
}

function example(set: ErrorSet, code: string, language: string): string {
  const kinds = Object.entries(set.codes[code]?.variables ?? {});
  // Two numbers of one message should not be alike: 4 credits needed, 2 there.
  const variables = Object.fromEntries(
    kinds.map(([name, kind], at) => [
      name,
      kind === "text" ? name : kind === "duration" ? 90 : Math.max(1, 4 - 2 * at),
    ]),
  );
  return set.formatMessage(code, language, variables);
}

function unknownCode(typed: string, set: ErrorSet, module: string | null): VidopsError {
  const codes = Object.keys(set.codes);
  const family = codes.filter((code) => code.startsWith(normalizeCode(typed).toUpperCase().slice(0, 5)));
  return new VidopsError({
    code: "ERR_4007",
    reason: "error_code_not_found",
    message: `There is no error code ${shown(typed.trim())}.`,
    hint: [
      `Known: ${(family.length > 0 && family.length < codes.length ? family : codes).join(", ")}.`,
      ...(module === null ? ["A code of your app's own: name its module with --errors."] : []),
    ].join("\n"),
  });
}
