import { checkLocale, checkMessages } from "@vidops/core/error-definitions";
import { builtInErrors, type ErrorSet } from "@vidops/core/errors";
import type { CommandSession } from "../../command-session.ts";
import type { CheckReport, Finding } from "./check.view.ts";
import { FaultyDefinition, loadErrorSet } from "./load-error-set.ts";
import { readLocaleFile } from "./locale-file.ts";
import { codesNamedIn } from "./used-codes.ts";

export interface CheckInput {
  /** Locale files. */
  readonly files: readonly string[];
  /** The module of an app's errors, or null for vidops' own. */
  readonly module: string | null;
  /** Folders in which codes are looked for. */
  readonly sources: readonly string[];
}

/**
 * Checks messages, locale files and the use of codes.
 * @throws CommandError exit 2 for a file, module or folder that cannot be read.
 */
export async function checkTranslations(
  input: CheckInput,
  { context }: CommandSession,
): Promise<CheckReport> {
  const { cwd } = context;
  const files = input.files.map((path) => readLocaleFile(path, cwd));
  const set = await loadErrorSet(input.module, cwd).catch((error: unknown) => {
    if (error instanceof FaultyDefinition) return error;
    throw error;
  });
  if (set instanceof FaultyDefinition) return { ...refused(set), source: input.module };
  const own = input.module === null ? Object.keys(set.codes) : ownCodes(set);
  const named =
    input.sources.length === 0 ? null : codesNamedIn(input.sources, own, { cwd, except: input.module });
  return {
    source: input.module,
    languages: [...set.languages, ...files.map(({ language }) => language)].filter(
      (language, at, all) => all.indexOf(language) === at,
    ),
    codes: Object.keys(set.codes).length,
    findings: [
      ...checkMessages(set).map((finding): Finding => ({ ...finding, file: null })),
      ...files.flatMap(({ path, language, messages }) =>
        checkLocale(set, language, messages).map((finding): Finding => ({ ...finding, file: path })),
      ),
    ],
    unusedCodes: named === null ? null : own.filter((code) => !named.has(code)),
  };
}

/** The codes that an app added to vidops' own: whether it names those of vidops is no question. */
function ownCodes(set: ErrorSet): string[] {
  return Object.keys(set.codes).filter((code) => !Object.hasOwn(builtInErrors.codes, code));
}

/** What `defineErrors` found: faults of messages, or else of codes and languages, which have no place in a message. */
function refused({ faults, findings }: FaultyDefinition): Omit<CheckReport, "source"> {
  const definition = { language: "", code: "", kind: "definition", placeholder: null, file: null } as const;
  return {
    languages: [],
    codes: 0,
    findings:
      findings.length > 0
        ? findings.map((finding) => ({ ...finding, file: null }))
        : faults.map((message) => ({ ...definition, message })),
    unusedCodes: null,
  };
}
