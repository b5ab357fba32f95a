import type { RateLimitRule } from "@vidops/core/rate-limit";
import { type Column, columnsTable } from "../../output/columns.ts";
import { type Block, type Document, line, toned } from "../../output/document.ts";
import { timeColumn } from "../../output/local-time.ts";
import type { Look } from "../../output/look.ts";
import type { Result } from "../../output/output.ts";
import type { Row } from "../../output/rows.ts";
import { nextCommand } from "../next-command.ts";
import { limitWords } from "./limit-words.ts";

const columns: readonly Column<RateLimitRule>[] = [
  { head: "action", cell: ({ action }) => action, minimum: 7 },
  { head: "per", cell: ({ per }) => per },
  { head: "tier", cell: ({ tier }) => tier },
  { head: "limit", cell: ({ maxRequests, windowSeconds }) => limitWords(maxRequests, windowSeconds) },
];

/** Rules as a table. */
export function rulesTable(rules: readonly RateLimitRule[], { width, zone }: Look): Block {
  const since = timeColumn("since", ({ updatedAt }: RateLimitRule) => updatedAt, rules, zone, { screen: 70 });
  return columnsTable([...columns, since], rules, width);
}

/** The rules, for people. */
export function rulesView(rules: readonly RateLimitRule[], action: string | null, look: Look): Document {
  const next = (words: readonly string[]): string => nextCommand(words, look.flags);
  if (rules.length > 0)
    return [
      rulesTable(rules, look),
      line(toned(`Change one: ${next(["limits", "set", "--help"])}`, "quiet")),
    ];
  if (action !== null)
    return [
      line(`No rule limits ${action}. The app's code may name limits of its own.`),
      line(toned(`All rules: ${next(["limits", "list"])}`, "quiet")),
    ];
  return [
    line("There are no rules. The app's code may name limits of its own."),
    line(toned(`Make one: ${next(["limits", "set", "--help"])}`, "quiet")),
  ];
}

/** A rule as JSON data and as a row for csv and ndjson. */
export function ruleRow(rule: RateLimitRule): Row {
  return {
    action: rule.action,
    per: rule.per,
    tier: rule.tier,
    max_requests: rule.maxRequests,
    window_seconds: rule.windowSeconds,
    updated_at: rule.updatedAt,
  };
}

/** The same as rows for csv and ndjson. */
export function rulesRows(rules: readonly RateLimitRule[]): NonNullable<Result["list"]> {
  return {
    columns: ["action", "per", "tier", "max_requests", "window_seconds", "updated_at"],
    rows: rules.map(ruleRow),
  };
}

/** The same as JSON data. */
export function rulesData(rules: readonly RateLimitRule[]): Record<string, unknown> {
  return { rules: rules.map(ruleRow) };
}
