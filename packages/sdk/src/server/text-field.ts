import * as z from "zod/mini";

/**
 * A text that the database can hold: trimmed, and counted by code point, as the database counts.
 *
 * @param max in characters; the least is 1
 * @returns the schema
 * @example
 * ```ts
 * z.strictObject({ reason: textField(500) });
 * ```
 */
export function textField(max: number): z.ZodMiniString {
  return z
    .string()
    .check(
      z.trim(),
      z.refine(isText(max), { error: `has not 1 to ${max} characters, or one that no text has` }),
    );
}

/** Spares itself the counting of what is hopeless. */
function isText(max: number): (value: string) => boolean {
  return (value) =>
    value !== "" &&
    value.length <= 2 * max &&
    (value.length <= max || [...value].length <= max) &&
    value.isWellFormed() &&
    !value.includes("\0");
}
