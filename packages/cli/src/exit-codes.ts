import type { ErrorCode } from "@vidops/core/errors";
import type { CliErrorCode } from "./command-error.ts";

/** What the process says to the shell. Scripts depend on these numbers: they are only ever added to. */
export const exitCodes = {
  done: 0,
  unexpected: 1,
  usage: 2,
  notFound: 3,
  notAllowed: 4,
  refused: 5,
  someFailed: 6,
  consentNeeded: 7,
  outcomeUnknown: 8,
  tryLater: 75,
  interrupted: 130,
} as const;
export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

/** Each exit code in one line, as `--help` prints them. */
export const exitCodeMeanings: Readonly<Record<ExitCode, string>> = {
  0: "done, also when there was nothing to do",
  1: "unexpected error, or a check failed",
  2: "wrong usage or configuration",
  3: "not found",
  4: "not signed in or not allowed",
  5: "refused by a rule (over-refund, conflict, not enough credits)",
  6: "some items failed, or a ledger or the chain of actions does not hold",
  7: "consent needed: nothing was changed",
  8: "outcome unknown: run the printed command to settle it",
  75: "try again later",
  130: "interrupted",
};

/** The one table from error to exit code. The type makes a new code without a line here a compile error. */
export const exitCodeByError: Readonly<Record<ErrorCode | CliErrorCode, ExitCode>> = {
  ERR_4001: exitCodes.refused,
  ERR_4002: exitCodes.usage,
  ERR_4003: exitCodes.usage,
  ERR_4004: exitCodes.tryLater,
  ERR_4005: exitCodes.notAllowed,
  ERR_4006: exitCodes.notAllowed,
  ERR_4007: exitCodes.notFound,
  ERR_4008: exitCodes.usage,
  ERR_4009: exitCodes.refused,
  ERR_4010: exitCodes.refused,
  ERR_4011: exitCodes.tryLater,
  ERR_4012: exitCodes.refused,
  ERR_4013: exitCodes.refused,
  ERR_4014: exitCodes.refused,
  ERR_4015: exitCodes.refused,
  ERR_5001: exitCodes.tryLater,
  ERR_5002: exitCodes.tryLater,
  ERR_5003: exitCodes.refused,
  ERR_6001: exitCodes.unexpected,
  ERR_6002: exitCodes.unexpected,
  ERR_6003: exitCodes.unexpected,
  ERR_6004: exitCodes.unexpected,
  ERR_6005: exitCodes.tryLater,
  ERR_6006: exitCodes.outcomeUnknown,
  ERR_6007: exitCodes.usage,
  ERR_6008: exitCodes.tryLater,
  CLI_USAGE: exitCodes.usage,
  CLI_CONFIG: exitCodes.usage,
  CLI_NOT_ALLOWED: exitCodes.notAllowed,
  CLI_CONSENT_NEEDED: exitCodes.consentNeeded,
  CLI_INTERRUPTED: exitCodes.interrupted,
  CLI_LOCAL_MISSING: exitCodes.unexpected,
  CLI_LOCAL_FAILED: exitCodes.unexpected,
  CLI_UNEXPECTED: exitCodes.unexpected,
};

/**
 * The exit code for an error.
 * @param code a code of the domain or of the CLI; an unknown one (a newer core) is unexpected.
 * @param retryable whether the same command may work later, which says more than "unexpected" does.
 * @example exitCodeFor("ERR_4007") // 3
 */
export function exitCodeFor(code: string, retryable = false): ExitCode {
  const exitCode =
    (exitCodeByError as Readonly<Record<string, ExitCode | undefined>>)[code] ?? exitCodes.unexpected;
  return exitCode === exitCodes.unexpected && retryable ? exitCodes.tryLater : exitCode;
}
