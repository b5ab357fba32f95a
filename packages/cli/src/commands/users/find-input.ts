import { parseCount, shown } from "../../arguments.ts";
import { usageError } from "../../command-error.ts";

export interface FindInput {
  readonly text: string | null;
  readonly admin: boolean | null;
  readonly banned: boolean | null;
  readonly guest: boolean | null;
  readonly tier: "free" | "premium" | null;
  readonly limit: number;
  readonly cursor: string | null;
  /** The same search in words, without the cursor: for the command that shows its next page. */
  readonly words: readonly string[];
}

/**
 * Reads the arguments of `vidops users find`.
 * @throws CommandError exit 2.
 */
export function parseFindInput(
  [typed]: readonly string[],
  options: Readonly<Record<string, unknown>>,
): FindInput {
  const option = (name: string): string | null => (options[name] as string | undefined) ?? null;
  const text = typed?.trim() || null;
  if (text !== null && Array.from(text).length > 320)
    throw usageError(`[text] is longer than any email, got ${shown(text)}.`);
  const tier = option("tier");
  if (tier !== null && tier !== "free" && tier !== "premium")
    throw usageError(`--tier must be free or premium, got ${shown(tier)}.`);
  const limit = option("limit");
  const flags = ["admins", "banned", "guests"] as const;
  const [admin, banned, guest] = flags.map((flag) => (options[flag] === true ? true : null));
  return {
    ...{ text, tier, admin: admin ?? null, banned: banned ?? null, guest: guest ?? null },
    limit: limit === null ? 50 : parseCount(limit, "--limit", 1, 1000),
    cursor: option("cursor"),
    words: [
      ...["users", "find", ...(text === null ? [] : text.startsWith("-") ? ["--", text] : [text])],
    ].concat(
      flags.filter((flag) => options[flag] === true).map((flag) => `--${flag}`),
      tier === null ? [] : ["--tier", tier],
      limit === null ? [] : ["--limit", limit],
    ),
  };
}
