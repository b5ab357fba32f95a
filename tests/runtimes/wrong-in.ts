import type { FailureCase, RuntimeName } from "./failure-cases.ts";
import type { FailureRecord } from "./failures.ts";

/**
 * Holds what `networkFailure` said against what was the case.
 *
 * @param failureCase the truth, and where nobody could tell it
 * @param record what was said
 * @param runtime where
 * @returns what is wrong, or null; also wrong is an excuse that is no longer needed
 */
export function wrongIn(
  { truth, not }: Pick<FailureCase, "truth" | "not">,
  record: FailureRecord | undefined,
  runtime: RuntimeName,
): string | null {
  if (record === undefined) return "it was not run";
  const { thrown, requests, failure } = record;
  const said = failure === null ? "mistake" : failure.reason;
  // Whatever else: a request that the server saw was sent.
  if (failure?.sent === "not_sent" && requests > 0) return "called not sent, but the server saw it";
  const right =
    truth === "mistake"
      ? said === "mistake"
      : thrown !== null && said === truth && (truth === "connection_lost" || failure?.sent === "not_sent");
  if (not?.[runtime] === undefined) return right ? null : `called ${said}, ${failure?.sent}`;
  if (right) return "called by its name, though it is said that nobody can tell";
  // Where nobody can tell, a failure of the network is still one.
  if (truth !== "mistake" && thrown !== null && said === "mistake") return "called a mistake";
  return null;
}
