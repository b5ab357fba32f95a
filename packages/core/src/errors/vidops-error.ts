import type { ErrorCode } from "./codes.ts";

/** What a {@link VidopsError} is made of. */
export interface VidopsErrorInit<Code extends string = ErrorCode> {
  /** The public code, e.g. `ErrorCode.ERR_4007`, or one of an app. */
  readonly code: Code;
  /** The machine name of what went wrong, e.g. `"user_not_found"`. */
  readonly reason: string;
  /** One English sentence for an operator or a developer; users get the code's message. Never holds keys or tokens. */
  readonly message: string;
  /** The way out, or null when none is known. */
  readonly hint?: string | null | undefined;
  /** True when repeating the very same call later is safe and may work. */
  readonly retryable?: boolean | undefined;
  /** What the messages of the code need, e.g. `{ required: 4, available: 2 }`. Users see these. */
  readonly variables?: Readonly<Record<string, unknown>> | null | undefined;
  /** Facts for a program and for the log, e.g. `{ field: "amount" }`. Users do not see these. */
  readonly details?: Record<string, unknown> | null | undefined;
  /** The id under which the server that answered so has it in its log, or null. */
  readonly requestId?: string | null | undefined;
  /** What caused it. */
  readonly cause?: unknown;
}

// Symbol.for: the brand is the same in every copy of this package, and in every realm, that one program may load.
const brand: unique symbol = Symbol.for("@vidops/core/VidopsError");

/**
 * The error class of vidops. Test for it with {@link isVidopsError}, which also works when two copies of the package
 * are loaded, and branch on `code` or `reason`, never on `message`.
 *
 * @example
 * ```ts
 * throw new VidopsError({ code: ErrorCode.ERR_4007, reason: "user_not_found", message: "There is no such user." });
 * ```
 */
export class VidopsError<Code extends string = ErrorCode | (string & {})> extends Error {
  readonly code: Code;
  readonly reason: string;
  readonly hint: string | null;
  readonly retryable: boolean;
  readonly variables: Readonly<Record<string, unknown>> | null;
  readonly details: Record<string, unknown> | null;
  readonly requestId: string | null;

  constructor(init: VidopsErrorInit<Code>) {
    super(init.message, init.cause === undefined ? undefined : { cause: init.cause });
    this.name = "VidopsError";
    this.code = init.code;
    this.reason = init.reason;
    this.hint = init.hint ?? null;
    this.retryable = init.retryable ?? false;
    this.variables = init.variables ?? null;
    this.details = init.details ?? null;
    this.requestId = init.requestId ?? null;
    Object.defineProperty(this, brand, { value: true });
  }
}

/**
 * Tells a {@link VidopsError} from anything else that may be thrown.
 *
 * @param value what was caught
 * @returns true for a VidopsError, or a subclass of it, of any copy of this package and any realm
 * @example
 * ```ts
 * try {
 *   await deductCredits(db, order);
 * } catch (error) {
 *   if (isVidopsError(error) && error.code === ErrorCode.ERR_4001) return offerCredits();
 *   throw error;
 * }
 * ```
 */
export function isVidopsError(value: unknown): value is VidopsError {
  return typeof value === "object" && value !== null && (value as { [brand]?: unknown })[brand] === true;
}
