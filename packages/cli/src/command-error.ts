/** Codes for what only a command line can get wrong; the domain's own are `ErrorCode` of @vidops/core. */
export type CliErrorCode =
  | "CLI_USAGE"
  | "CLI_CONFIG"
  | "CLI_NOT_ALLOWED"
  | "CLI_CONSENT_NEEDED"
  | "CLI_INTERRUPTED"
  | "CLI_LOCAL_MISSING"
  | "CLI_LOCAL_FAILED"
  | "CLI_UNEXPECTED";

export interface CommandErrorOptions {
  /** What to do about it, in one or more short sentences or commands. */
  readonly hint?: string | null;
  /** Machine name, e.g. "consent_needed". */
  readonly reason?: string;
  readonly retryable?: boolean;
  /** More fields for the JSON error, e.g. what was done before the interruption. */
  readonly details?: Readonly<Record<string, unknown>>;
  readonly cause?: unknown;
}

/** An error of the command line itself: usage, configuration, consent, interruption. */
export class CommandError extends Error {
  readonly code: CliErrorCode;
  readonly reason: string;
  readonly hint: string | null;
  readonly retryable: boolean;
  readonly details: Readonly<Record<string, unknown>> | null;

  constructor(code: CliErrorCode, message: string, options: CommandErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = "CommandError";
    this.code = code;
    this.reason = options.reason ?? code.slice("CLI_".length).toLowerCase();
    this.hint = options.hint ?? null;
    this.retryable = options.retryable ?? false;
    this.details = options.details ?? null;
  }
}

/**
 * A usage error: exit code 2, before anything was sent.
 * @example throw usageError("The amount must be a whole number.", "For example: --amount 5");
 */
export function usageError(message: string, hint: string | null = null): CommandError {
  return new CommandError("CLI_USAGE", message, { hint });
}
