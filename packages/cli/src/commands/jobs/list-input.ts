import type { GenerationStatus } from "@vidops/core/jobs";
import { isUuid, parseCount, parseUserReference, shown } from "../../arguments.ts";
import { usageError } from "../../command-error.ts";
import { parseTimeRange, refuseFuture, type TimeRange } from "../../time-range.ts";

export interface ListInput extends TimeRange {
  readonly status: GenerationStatus | null;
  /** Id or email. */
  readonly user: string | null;
  /** Id or name. */
  readonly model: string | null;
  readonly provider: string | null;
  /** True for those alone; null for all. */
  readonly deliveredFree: true | null;
  readonly deleted: true | null;
  readonly refunded: true | null;
  readonly limit: number;
  readonly cursor: string | null;
  /** The same list in words, without the cursor: for the command that shows its next page. */
  readonly words: readonly string[];
}

/**
 * Reads the options of `vidops jobs list`.
 * @param known all states.
 * @throws CommandError exit 2.
 */
export function parseListInput(
  options: Readonly<Record<string, unknown>>,
  now: Date,
  known: readonly GenerationStatus[],
): ListInput {
  const text = (name: string): string | null => (options[name] as string | undefined) ?? null;
  const flag = (name: string): true | null => (options[name] === true ? true : null);
  const range = parseTimeRange(options, now);
  refuseFuture(range.since, now);
  const user = text("user");
  const limit = text("limit");
  const valued = ["status", "user", "model", "provider", "since", "until", "limit"];
  const flags = [
    ["deliveredFree", "--delivered-free"],
    ["deleted", "--deleted"],
    ["refunded", "--refunded"],
  ] as const;
  return {
    ...range,
    status: parseStatus(text("status"), known),
    user: user === null ? null : parseUserReference(user, "--user"),
    model: parseModel(text("model")),
    provider: parseProvider(text("provider")),
    ...{ deliveredFree: flag("deliveredFree"), deleted: flag("deleted"), refunded: flag("refunded") },
    limit: limit === null ? 50 : parseCount(limit, "--limit", 1, 1000),
    cursor: text("cursor"),
    words: [
      ...["jobs", "list"],
      ...valued.flatMap((name) => (text(name) === null ? [] : [`--${name}`, text(name) ?? ""])),
      ...flags.flatMap(([name, word]) => (flag(name) === null ? [] : [word])),
    ],
  };
}

function parseStatus(given: string | null, known: readonly GenerationStatus[]): GenerationStatus | null {
  if (given === null) return null;
  const found = known.find((status) => status === given.trim().toLowerCase());
  if (found !== undefined) return found;
  throw usageError(`--status is none that a job has: ${shown(given)}.`, `Choose from ${known.join(", ")}.`);
}

function parseModel(given: string | null): string | null {
  if (given === null) return null;
  const model = given.trim();
  if (model === "" || model.length > 400 || model.includes("\0") || !model.isWellFormed())
    throw usageError(`--model must be a model's id or name, got ${shown(given)}.`);
  return isUuid(model) ? model.toLowerCase() : model;
}

/**
 * Reads the name of a provider; which ones there are is for the models to say.
 * @throws CommandError exit 2.
 */
export function parseProvider(given: string | null): string | null {
  if (given === null) return null;
  const provider = given.trim().toLowerCase();
  if (/^[a-z0-9_-]{1,40}$/.test(provider)) return provider;
  throw usageError(`--provider must be the name of one, got ${shown(given)}.`, "For example: --provider fal");
}
