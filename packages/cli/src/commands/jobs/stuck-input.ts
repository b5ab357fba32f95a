import { parseCount } from "../../arguments.ts";
import { usageError } from "../../command-error.ts";
import { parseDuration } from "../../durations.ts";
import { parseProvider } from "./list-input.ts";

export interface StuckInput {
  readonly olderThanSeconds: number;
  readonly provider: string | null;
  readonly limit: number;
  readonly cursor: string | null;
  /** Whether they are to be settled. */
  readonly settle: boolean;
  readonly dryRun: boolean;
  /** The same list in words, without the cursor. */
  readonly words: readonly string[];
}

/** A submit takes up to 70 seconds: what is younger than this is being sent, in seconds. */
const youngest = 120;

/**
 * Reads the options of `vidops jobs stuck`.
 * @throws CommandError exit 2.
 */
export function parseStuckInput(options: Readonly<Record<string, unknown>>): StuckInput {
  const text = (name: string): string | null => (options[name] as string | undefined) ?? null;
  const older = text("olderThan");
  const limit = text("limit");
  const settle = options.settle === true;
  const dryRun = options.dryRun === true;
  if (dryRun && !settle) throw usageError("--dry-run is for --settle: a list changes nothing.");
  const olderThanSeconds = older === null ? 900 : parseDuration(older, "--older-than");
  if (settle && olderThanSeconds < youngest)
    throw usageError(
      "--older-than must be 2m or more with --settle: what is younger is being sent to its provider.",
      "For example: --older-than 5m",
    );
  return {
    ...{
      olderThanSeconds,
      settle,
      dryRun,
      cursor: text("cursor"),
      provider: parseProvider(text("provider")),
    },
    limit: limit === null ? (settle ? 100 : 50) : parseCount(limit, "--limit", 1, 1000),
    words: [
      ...["jobs", "stuck"],
      ...(older === null ? [] : ["--older-than", older]),
      ...(text("provider") === null ? [] : ["--provider", text("provider") ?? ""]),
      ...(limit === null ? [] : ["--limit", limit]),
    ],
  };
}
