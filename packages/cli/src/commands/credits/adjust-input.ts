import { parseActInput } from "../../act-input.ts";
import type { ActInput } from "../../act-options.ts";
import { parseAmount } from "../../arguments.ts";
import { usageError } from "../../command-error.ts";
import type { CommandSession } from "../../command-session.ts";
import { parseIdempotencyKey, parseReasonCode } from "../refund/refund-input.ts";
import { parseUserTarget, type UserTarget } from "../users/user-target.ts";

/** Whose balance is to change, and by how much. */
export interface AdjustInput extends ActInput {
  readonly user: UserTarget;
  /** Credits: added, or below 0 taken away. */
  readonly change: number;
  readonly reasonCode: string | null;
  /** As given; null asks for a new one. */
  readonly idempotencyKey: string | null;
}

/**
 * Reads the arguments of `vidops credits adjust`. Two words instead of a sign: a minus is lost too easily.
 * @throws CommandError exit 2.
 */
export function parseAdjustInput(
  [user]: readonly string[],
  options: Readonly<Record<string, unknown>>,
  session: CommandSession,
): AdjustInput {
  const text = (name: string): string | undefined => options[name] as string | undefined;
  const [add, take] = [text("add"), text("take")];
  if ((add === undefined) === (take === undefined))
    throw usageError("Give --add or --take, one of them.", "For example: --add 5");
  return {
    ...parseActInput(options),
    change:
      take === undefined
        ? parseAmount(add ?? "", "--add", "To take credits away: --take.")
        : -parseAmount(take, "--take", "Say how many without a sign."),
    reasonCode: parseReasonCode(text("reasonCode")),
    idempotencyKey: parseIdempotencyKey(text("idempotencyKey")),
    user: parseUserTarget(
      user,
      session,
      "[user]",
      "vidops credits adjust ada@example.com --add 5 --reason WHY",
    ),
  };
}
