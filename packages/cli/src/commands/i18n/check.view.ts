import type { MessageFinding } from "@vidops/core/error-definitions";
import { type Block, type Document, line, table, toned } from "../../output/document.ts";
import type { Result } from "../../output/output.ts";

export interface Finding extends Omit<MessageFinding, "kind"> {
  /** `definition`: a code or a language is wrong, as `defineErrors` says. */
  readonly kind: MessageFinding["kind"] | "definition";
  /** The locale file it is in, or null for the set itself. */
  readonly file: string | null;
}

export interface CheckReport {
  /** The module of an app's errors, or null for vidops' own. */
  readonly source: string | null;
  readonly languages: readonly string[];
  /** How many there are. */
  readonly codes: number;
  readonly findings: readonly Finding[];
  /** Null when no source was looked through. */
  readonly unusedCodes: readonly string[] | null;
}

/** The verdict first, then what is wrong, for people. */
export function checkView(report: CheckReport): Document {
  return [...verdict(report), ...unused(report)];
}

function verdict({ findings, languages, codes }: CheckReport): Block[] {
  if (findings.length === 0)
    return [line(toned(`${codes} codes have their messages in ${languages.join(", ")}.`, "good"))];
  const lagging = [
    ...new Set(findings.map(({ language }) => language).filter((language) => language !== "")),
  ];
  const faults = findings.length === 1 ? "1 fault" : `${findings.length} faults`;
  return [
    line(toned(lagging.length === 0 ? `${faults}.` : `${faults} in ${lagging.join(", ")}.`, "bad")),
    table(
      [
        "language",
        "code",
        "what",
        "message",
        ...(findings.some(({ file }) => file !== null) ? ["file"] : []),
      ],
      findings.map(({ language, code, kind, message, file }) => [
        language,
        code,
        toned(kind.replaceAll("_", " "), "warning"),
        message,
        ...(findings.some((other) => other.file !== null) ? [file ?? ""] : []),
      ]),
    ),
  ];
}

function unused({ unusedCodes }: CheckReport): Block[] {
  if (unusedCodes === null) return [];
  if (unusedCodes.length === 0) return [line("Every code is named in the sources.")];
  return [line(toned(`Not named in the sources (no lag): ${unusedCodes.join(", ")}`, "warning"))];
}

const columns = ["file", "language", "code", "kind", "placeholder", "message"] as const;

/** The findings as rows for csv and ndjson. */
export function checkRows({ findings }: CheckReport): NonNullable<Result["list"]> {
  return {
    columns,
    rows: findings.map(({ file, language, code, kind, placeholder, message }) => ({
      file,
      language,
      code,
      kind,
      placeholder,
      message,
    })),
  };
}

/** The same as JSON data. */
export function checkData(report: CheckReport): Record<string, unknown> {
  return {
    ok: report.findings.length === 0,
    errors: report.source,
    languages: report.languages,
    codes: report.codes,
    findings: checkRows(report).rows,
    unused_codes: report.unusedCodes,
  };
}
