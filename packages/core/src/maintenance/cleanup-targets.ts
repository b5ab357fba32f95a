import { validationError } from "../errors/index.ts";

/** Something that can be cleaned. */
export interface CleanupTarget {
  readonly name:
    | "rate-limits"
    | "rate-limit-state"
    | "rate-limit-reservations"
    | "idempotency"
    | "errors"
    | "deleted-jobs";
  /** The function of the database that deletes one batch; null for what has files as well, which go first. */
  readonly rpc:
    | "cleanup_rate_limit_logs"
    | "cleanup_rate_limit_state"
    | "cleanup_rate_limit_reservations"
    | "cleanup_expired_idempotency_keys"
    | "cleanup_error_log"
    | null;
  /** The age in seconds past which a row goes; for what expires it is counted from then. */
  readonly defaultOlderThanSeconds: number;
}

const day = 86_400;

/**
 * What can be cleaned, in the order it is cleaned. The ledger and the audit trail are not here: they are kept
 * for ever.
 */
export const cleanupTargets: readonly CleanupTarget[] = [
  { name: "rate-limits", rpc: "cleanup_rate_limit_logs", defaultOlderThanSeconds: 7 * day },
  { name: "rate-limit-state", rpc: "cleanup_rate_limit_state", defaultOlderThanSeconds: 0 },
  { name: "rate-limit-reservations", rpc: "cleanup_rate_limit_reservations", defaultOlderThanSeconds: day },
  { name: "idempotency", rpc: "cleanup_expired_idempotency_keys", defaultOlderThanSeconds: 0 },
  { name: "errors", rpc: "cleanup_error_log", defaultOlderThanSeconds: 90 * day },
  { name: "deleted-jobs", rpc: null, defaultOlderThanSeconds: 30 * day },
];

/** The name of a thing that can be cleaned. */
export type CleanupTargetName = CleanupTarget["name"];

/**
 * Picks targets by name, in the order of the table.
 *
 * @param names the names; null or none means all
 * @returns the targets, each once
 * @throws VidopsError ERR_4008 for a name that is none
 * @example
 * ```ts
 * selectCleanupTargets(["errors", "rate-limits"]).map(({ name }) => name); // ["rate-limits", "errors"]
 * ```
 */
export function selectCleanupTargets(names?: readonly string[] | null): CleanupTarget[] {
  if (names === null || names === undefined || names.length === 0) return [...cleanupTargets];
  for (const name of names) {
    if (cleanupTargets.some((target) => target.name === name)) continue;
    const known = cleanupTargets.map((target) => target.name).join(", ");
    throw validationError("targets", "names something that cannot be cleaned", `Choose from ${known}.`);
  }
  return cleanupTargets.filter((target) => names.includes(target.name));
}
