import { parseActInput } from "../../act-input.ts";
import type { ActInput } from "../../act-options.ts";
import { parseCount } from "../../arguments.ts";
import { usageError } from "../../command-error.ts";
import type { CommandSession } from "../../command-session.ts";

/** What a change of a model is to be. */
export type Change =
  | { readonly column: "availability"; readonly value: boolean }
  | { readonly column: "featured"; readonly value: boolean }
  | { readonly column: "price"; readonly value: number };

export interface ChangeInput extends ActInput {
  /** Its id or name; null lets somebody pick one. */
  readonly reference: string | null;
  readonly change: Change;
}

type Options = Readonly<Record<string, unknown>>;

/**
 * Reads what all changes of models are told.
 * @param command that names a model, for the error of whom none was named.
 * @throws CommandError exit 2.
 */
export async function parseChangeInput(
  reference: string | undefined,
  options: Options,
  session: CommandSession,
  change: Change,
  command: string,
): Promise<ChangeInput> {
  const act = parseActInput(options);
  return { ...act, change, reference: await parseModel(reference, session, command) };
}

/** The price of one generation. */
export function parsePrice({ credits }: Options): number {
  if (credits === undefined) throw usageError("--credits is missing: what is it to cost?", "--credits 12");
  return parseCount(credits as string, "--credits", 1, 2_147_483_647);
}

/**
 * A model as it was named; null where somebody can pick one.
 * @throws CommandError exit 2 when none was named and nobody can.
 */
export async function parseModel(
  reference: string | undefined,
  session: CommandSession,
  example: string,
): Promise<string | null> {
  if (reference === undefined) {
    const { pickingObstacle } = await import("../../prompts/pick.ts");
    const missing = pickingObstacle(session, "Say which model.", example);
    if (missing) throw missing;
    return null;
  }
  if (reference.trim() === "" || !reference.isWellFormed())
    throw usageError("The model must be an id or a name.", `For example: ${example}`);
  return reference;
}
