import type { ErrorCode } from "./codes.ts";

/** What a {@link VidopsError} is made of. */
export interface VidopsErrorInit {
  /** The public code, e.g. `ErrorCode.ERR_4007`. */
  code: ErrorCode;
  /** The machine name of what went wrong, e.g. `"user_not_found"`. */
  reason: string;
  /** One English sentence for a person. Never holds keys, tokens or response bodies. */
  message: string;
  /** The way out, or null when none is known. */
  hint?: string | null;
  /** True when repeating the very same call later is safe and may work. */
  retryable?: boolean;
  /** Facts for a program, e.g. `{ refundable: 3 }`. */
  details?: Record<string, unknown> | null;
  /** What caused it. */
  cause?: unknown;
}

// Symbol.for: the brand is the same in every copy of this package that one program may load.
const brand: unique symbol = Symbol.for("@vidops/core/VidopsError");

/**
 * The one error class of vidops. Test for it with {@link isVidopsError}, which also works when two copies
 * of the package are loaded, and branch on `code` or `reason`, never on `message`.
 *
 * @example
 * ```ts
 * throw new VidopsError({ code: ErrorCode.ERR_4007, reason: "user_not_found", message: "There is no such user." });
 * ```
 */
export class VidopsError extends Error {
  readonly code: ErrorCode;
  readonly reason: string;
  readonly hint: string | null;
  readonly retryable: boolean;
  readonly details: Record<string, unknown> | null;

  constructor(init: VidopsErrorInit) {
    super(init.message, init.cause === undefined ? undefined : { cause: init.cause });
    this.name = "VidopsError";
    this.code = init.code;
    this.reason = init.reason;
    this.hint = init.hint ?? null;
    this.retryable = init.retryable ?? false;
    this.details = init.details ?? null;
    Object.defineProperty(this, brand, { value: true });
  }
}

/**
 * Tells a {@link VidopsError} from anything else that may be thrown.
 *
 * @param value what was caught
 * @returns true for a VidopsError of any copy of this package
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

/**
 * Makes the error for one field of bad input: ERR_4008, `details.field` names the field.
 *
 * @param field the name of the field as the caller wrote it
 * @param fault what is wrong, as the end of a sentence that starts with the field, e.g. `"must be a whole number"`
 * @param hint the way out, or null
 * @returns the error, to be thrown
 * @example
 * ```ts
 * throw validationError("amount", "must be a whole number of credits", "Give 1 or more.");
 * ```
 */
export function validationError(field: string, fault: string, hint: string | null = null): VidopsError {
  return new VidopsError({
    code: "ERR_4008",
    reason: "validation_failed",
    message: `${field} ${fault}.`,
    hint,
    details: { field },
  });
}
