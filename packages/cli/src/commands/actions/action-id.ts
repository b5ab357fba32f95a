import { shown } from "../../arguments.ts";
import { usageError } from "../../command-error.ts";

/**
 * The id of an act or of a request for approval, as typed.
 * @throws CommandError exit 2 for what is no whole number above 0.
 * @example parseActionId("4711") // "4711"
 */
export function parseActionId(text: string, list = "vidops actions list"): string {
  const id = text.trim();
  if (/^[1-9]\d{0,18}$/.test(id) && BigInt(id) < 2n ** 63n) return id;
  throw usageError(
    `${shown(text)} is not an id.`,
    `An id is a whole number, e.g. 4711; \`${list}\` shows them.`,
  );
}
