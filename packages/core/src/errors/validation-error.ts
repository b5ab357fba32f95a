import { isVidopsError, VidopsError } from "./vidops-error.ts";

/** The error for one field of bad input: ERR_4008. */
export class ValidationError extends VidopsError {
  /** The name of the field as the caller wrote it. */
  readonly field: string;

  constructor(field: string, fault: string, hint: string | null = null) {
    super({
      code: "ERR_4008",
      reason: "validation_failed",
      message: `${field} ${fault}.`,
      hint,
      details: { field },
    });
    this.name = "ValidationError";
    this.field = field;
  }
}

/**
 * Makes the error for one field of bad input: ERR_4008, `field` names the field.
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
export function validationError(field: string, fault: string, hint: string | null = null): ValidationError {
  return new ValidationError(field, fault, hint);
}

/**
 * Tells a {@link ValidationError} from anything else, also one of another copy of this package.
 *
 * @param value what was caught
 * @returns true when a field of the input was at fault
 * @example
 * ```ts
 * if (isValidationError(error)) form.mark(error.field);
 * ```
 */
export function isValidationError(value: unknown): value is ValidationError {
  return (
    isVidopsError(value) && value.code === "ERR_4008" && typeof (value as ValidationError).field === "string"
  );
}
