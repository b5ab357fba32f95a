import type { ActionType } from "@vidops/core/admin";
import { isUuid, parseCount, parseTicket, parseUserReference, shown } from "../../arguments.ts";
import { usageError } from "../../command-error.ts";
import { parseTimeRange, refuseFuture, type TimeRange } from "../../time-range.ts";

export interface ListInput extends TimeRange {
  readonly actionType: ActionType | null;
  /** Id or email. */
  readonly admin: string | null;
  readonly user: string | null;
  /** Id or name. */
  readonly model: string | null;
  readonly ticket: string | null;
  readonly runId: string | null;
  readonly limit: number;
  readonly cursor: string | null;
  /** The same list in words, without the cursor: for the command that shows its next page. */
  readonly words: readonly string[];
}

/**
 * Reads the options of `vidops actions list`.
 * @param known all kinds of acts.
 * @throws CommandError exit 2.
 */
export function parseListInput(
  options: Readonly<Record<string, unknown>>,
  now: Date,
  known: readonly ActionType[],
): ListInput {
  const text = (name: string): string | null => (options[name] as string | undefined) ?? null;
  const user = (name: string): string | null => {
    const given = text(name);
    return given === null ? null : parseUserReference(given, `--${name}`);
  };
  const range = parseTimeRange(options, now);
  refuseFuture(range.since, now);
  const flags = ["type", "admin", "user", "model", "ticket", "run", "since", "until", "limit"];
  return {
    ...range,
    actionType: parseType(text("type"), known),
    admin: user("admin"),
    user: user("user"),
    model: parseModel(text("model")),
    ticket: parseTicket(text("ticket") ?? undefined),
    runId: parseRun(text("run")),
    limit: text("limit") === null ? 50 : parseCount(text("limit") ?? "", "--limit", 1, 1000),
    cursor: text("cursor"),
    words: [
      ...["actions", "list"],
      ...flags.flatMap((flag) => (text(flag) === null ? [] : [`--${flag}`, text(flag) ?? ""])),
    ],
  };
}

function parseType(given: string | null, known: readonly ActionType[]): ActionType | null {
  if (given === null) return null;
  const typed = given.trim().replaceAll("-", "_");
  const found = known.find((type) => type === typed);
  if (found !== undefined) return found;
  throw usageError(`--type is not known: ${shown(given)}.`, `Known: ${known.join(", ")}.`);
}

function parseModel(given: string | null): string | null {
  if (given === null) return null;
  const model = given.trim();
  if (model === "" || model.length > 400 || model.includes("\0") || !model.isWellFormed())
    throw usageError(`--model must be a model's id or name, got ${shown(given)}.`);
  return isUuid(model) ? model.toLowerCase() : model;
}

function parseRun(given: string | null): string | null {
  if (given === null || /^[\x21-\x7e]{1,100}$/.test(given)) return given;
  throw usageError(`--run must be the id of a run, got ${shown(given)}.`, "It is in meta.run_id of --json.");
}
