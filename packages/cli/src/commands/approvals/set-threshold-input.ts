import type { ThresholdName } from "@vidops/core/admin";
import { parseActInput } from "../../act-input.ts";
import type { ActInput } from "../../act-options.ts";
import { parseCount, shown } from "../../arguments.ts";
import { usageError } from "../../command-error.ts";

const names: readonly ThresholdName[] = ["act_credits", "day_credits"];
const most = 2_147_483_647;

/** A threshold as it is to be. */
export interface ThresholdInput extends ActInput {
  readonly name: ThresholdName;
  /** Null takes it away. */
  readonly credits: number | null;
}

/**
 * Reads the arguments of `vidops approvals set-threshold`.
 * @throws CommandError exit 2 for whatever cannot be meant.
 */
export function parseThresholdInput(
  [typedName = "", credits]: readonly string[],
  options: Readonly<Record<string, unknown>>,
): ThresholdInput {
  const name = names.find((known) => known === typedName.trim().replaceAll("-", "_"));
  if (name === undefined)
    throw usageError(`The threshold must be ${names.join(" or ")}, got ${shown(typedName)}.`);
  if ((credits === undefined) === (options.off !== true))
    throw usageError("Give a number of credits or --off, one of them.", `For example: ${name} 500`);
  return {
    name,
    credits: credits === undefined ? null : parseCount(credits, "[credits]", 0, most),
    ...parseActInput(options),
  };
}
