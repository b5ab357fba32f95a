import { type ValidationError, VidopsError } from "@vidops/core/errors";

/** What is wrong with one field of a request, in words for the developer of a client. */
export interface FieldFault {
  /** As the client wrote it: a field of the body, a parameter of the query, or a header. */
  readonly field: string;
  /** The end of a sentence that begins with the field, e.g. `"is not a UUID"`. */
  readonly fault: string;
  /** The way out, as a sentence. */
  readonly hint: string;
  /** Of more than one. */
  readonly fields?: readonly string[] | undefined;
  readonly cause?: unknown;
}

/**
 * Makes the error for one field of a request. The user reads the message of the code in their own language; field, fault and way
 * out are in the answer's `details`, for who writes the client.
 *
 * @param fault field, fault and way out; nothing of what the client sent, which may be secret
 * @param code ERR_4003 for a prompt; default ERR_4008
 * @returns the error, to be thrown
 * @example
 * ```ts
 * throw badField({ field: "limit", fault: "is not a whole number from 1 to 100", hint: "Leave it out for 20." });
 * ```
 */
export function badField(
  { field, fault, hint, fields, cause }: FieldFault,
  code: "ERR_4003" | "ERR_4008" = "ERR_4008",
): VidopsError {
  return new VidopsError({
    code,
    reason: code === "ERR_4003" ? "invalid_prompt" : "validation_failed",
    message: `${field} ${fault}.`,
    hint,
    details: { field, fault, hint, ...(fields !== undefined && fields.length > 1 && { fields }) },
    cause,
  });
}

/**
 * The same for what a function of core found in what it was given: its field is then written as this API writes fields.
 *
 * @param error of core
 * @returns the error for the client
 */
export function toBadField(error: ValidationError): VidopsError {
  return badField({
    // A header stays as it is.
    field: error.field.replaceAll(/(?<=[a-z])[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
    fault: error.message.slice(error.field.length, -1).trim(),
    hint: error.hint ?? "See what this function takes.",
    cause: error,
  });
}
