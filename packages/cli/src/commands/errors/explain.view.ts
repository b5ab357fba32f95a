import type { CatalogueRow } from "@vidops/core/errors";
import type { GlobalFlags } from "../../global-flags.ts";
import { type Document, fields, line, toned } from "../../output/document.ts";
import { aboutProject, nextCommand } from "../next-command.ts";

export interface Explanation {
  readonly code: string;
  readonly row: CatalogueRow;
  readonly messages: readonly {
    readonly language: string;
    /** As its author wrote it, with placeholders. */
    readonly source: string;
    /** With values put in. */
    readonly example: string;
  }[];
}

/** What a code means, for people. */
export function explanationView(
  { code, row, messages }: Explanation,
  flags: Pick<GlobalFlags, "profile" | "url">,
): Document {
  const variables = Object.entries(row.variables);
  const showSources = variables.length > 0;
  return [
    line(toned(`${code} ${row.name}`, "strong")),
    fields([
      ["means", row.meaning],
      ["what to do", aboutProject(row.action, flags)],
      ["HTTP status", `${row.status}`],
      [
        "retryable",
        row.retryable ? "yes: the same request may work later" : "no: the same request fails again",
      ],
      [
        "variables",
        variables.length === 0
          ? "none"
          : variables.map(([name, kind]) => `${name} (${kind === "duration" ? "seconds" : kind})`).join(", "),
      ],
    ]),
    line(),
    fields(messages.map(({ language, example }) => [language, example] as const)),
    ...(showSources
      ? [
          line(),
          line(toned("as written", "quiet")),
          fields(messages.map(({ language, source }) => [language, source] as const)),
        ]
      : []),
    line(),
    line(
      toned(
        `Those logged: ${nextCommand(["errors", "list", "--code", code, "--since", "24h"], flags)}`,
        "quiet",
      ),
    ),
  ];
}

/** The same as JSON data. */
export function explanationData({ code, row, messages }: Explanation): Record<string, unknown> {
  return {
    code,
    name: row.name,
    status: row.status,
    retryable: row.retryable,
    variables: row.variables,
    meaning: row.meaning,
    action: row.action,
    messages: messages.map(({ language, source, example }) => ({ language, source, example })),
  };
}
