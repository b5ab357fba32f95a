import { parseActInput } from "../../act-input.ts";
import type { ActInput } from "../../act-options.ts";
import { parseCount, shown } from "../../arguments.ts";
import { usageError } from "../../command-error.ts";
import { parseDuration } from "../../durations.ts";
import { parseAction } from "./limit-words.ts";

const scopes = ["ip", "user", "global"] as const;
const tiers = ["any", "free", "premium"] as const;

/** A rule as it is to be, as far as it can be checked without asking the database. */
export interface SetInput extends ActInput {
  readonly action: string;
  readonly per: (typeof scopes)[number];
  readonly tier: (typeof tiers)[number];
  /** Null takes the rule away. */
  readonly maxRequests: number | null;
  /** Null: that of the only such rule. */
  readonly windowSeconds: number | null;
}

const longestWindow = 366 * 86_400;

/**
 * Reads the arguments of `vidops limits set`.
 * @throws CommandError exit 2 for whatever cannot be meant.
 */
export function parseSetInput(
  [action = ""]: readonly string[],
  options: Readonly<Record<string, unknown>>,
): SetInput {
  const text = (name: string): string | undefined => options[name] as string | undefined;
  const [perText, max, window] = [text("per"), text("max"), text("window")];
  if (perText === undefined)
    throw usageError(
      "--per is missing: whose requests are counted together?",
      "--per ip, --per user or --per global",
    );
  const per = oneOf(perText, "--per", scopes);
  const tier = oneOf(text("tier") ?? "any", "--tier", tiers);
  if (per === "global" && tier !== "any")
    throw usageError("--per global counts everybody, so it is for any tier.", "Leave --tier out.");
  if ((max === undefined) === (options.off !== true))
    throw usageError("Give --max or --off, one of them.", "For example: --max 10");
  const windowSeconds = window === undefined ? null : parseDuration(window, "--window");
  if (windowSeconds !== null && windowSeconds > longestWindow)
    throw usageError(
      `--window must be at most 366d, got ${shown(window ?? "")}.`,
      "For example: --window 1h",
    );
  return {
    ...{ action: parseAction(action), per, tier, windowSeconds },
    maxRequests: max === undefined ? null : parseCount(max, "--max", 1, 1_000_000_000),
    ...parseActInput(options),
  };
}

function oneOf<T extends string>(text: string, flag: string, known: readonly T[]): T {
  const found = known.find((one) => one === text);
  if (found !== undefined) return found;
  throw usageError(
    `${flag} must be ${known.slice(0, -1).join(", ")} or ${known.at(-1)}, got ${shown(text)}.`,
  );
}
