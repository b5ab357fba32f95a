import { validationError } from "../errors/index.ts";

/** The largest amount of credits, seconds or rows: what an SQL integer holds. */
export const maxInteger = 2_147_483_647;

/**
 * Checks a whole number before anything is sent.
 *
 * @param field the name of the field, for the error
 * @param value what the caller gave
 * @param unit what it counts, e.g. `"credits"`
 * @param max the largest allowed value; the smallest is 1
 * @returns the number
 * @throws VidopsError ERR_4008
 * @example
 * ```ts
 * requireCount("amount", 4, "credits"); // 4
 * ```
 */
export function requireCount(field: string, value: unknown, unit: string, max: number = maxInteger): number {
  const hint = `Give a whole number of ${unit} from 1 to ${max}.`;
  if (typeof value !== "number" || Number.isNaN(value)) throw validationError(field, "is not a number", hint);
  if (value === 0) throw validationError(field, "is 0", hint);
  if (value < 0) throw validationError(field, "is negative", hint);
  if (value > max) throw validationError(field, "is too large", hint);
  if (!Number.isInteger(value)) throw validationError(field, "is not a whole number", hint);
  return value;
}

/**
 * Checks a uuid before anything is sent.
 *
 * @param field the name of the field, for the error
 * @param value what the caller gave
 * @returns the uuid in lower case
 * @throws VidopsError ERR_4008
 * @example
 * ```ts
 * requireUuid("jobId", "0B0E3F5A-5E1C-4B6B-9C1F-2A8D4F6E7A90");
 * ```
 */
export function requireUuid(field: string, value: unknown): string {
  if (typeof value === "string" && isUuid(value)) return value.toLowerCase();
  throw validationError(field, "is not a uuid", "It looks like 0b0e3f5a-5e1c-4b6b-9c1f-2a8d4f6e7a90.");
}

/**
 * Tells whether a text has the shape of a uuid, in lower or upper case.
 *
 * @param text any text
 * @returns true when it has
 * @example
 * ```ts
 * isUuid("ada@example.com"); // false
 * ```
 */
export function isUuid(text: string): boolean {
  return /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i.test(text);
}

/**
 * Checks the reason that is stored in the ledger.
 *
 * @param value what the caller gave
 * @param field the name of the field, for the error
 * @returns the reason, trimmed
 * @throws VidopsError ERR_4008 when blank, longer than 500 characters, or not storable
 * @example
 * ```ts
 * requireReason(" The video never arrived. "); // "The video never arrived."
 * ```
 */
export function requireReason(value: unknown, field: string = "reason"): string {
  const hint = "Say in 1 to 500 characters why.";
  if (typeof value !== "string") throw validationError(field, "is missing", hint);
  const reason = value.trim();
  if (reason === "") throw validationError(field, "is blank", hint);
  // By code point, as the database counts.
  const length = [...reason].length;
  if (length > 500) throw validationError(field, `is ${length} characters long`, hint);
  if (reason.includes("\0")) throw validationError(field, "holds a NUL character", hint);
  if (!reason.isWellFormed()) throw validationError(field, "is not well-formed text", hint);
  return reason;
}

/**
 * Checks an idempotency key or a transaction id.
 *
 * @param value what the caller gave
 * @param field the name of the field, for the error
 * @returns the key
 * @throws VidopsError ERR_4008 unless it is 1 to 200 printable ASCII characters
 * @example
 * ```ts
 * requireIdempotencyKey("refund-2026-11-22-0001");
 * ```
 */
export function requireIdempotencyKey(value: unknown, field: string = "idempotencyKey"): string {
  if (typeof value === "string" && /^[\x21-\x7e](?:[\x20-\x7e]{0,198}[\x21-\x7e])?$/.test(value))
    return value;
  throw validationError(
    field,
    "is malformed",
    "Give 1 to 200 printable ASCII characters, without a space at either end.",
  );
}

/**
 * Checks a reason code.
 *
 * @param value what the caller gave
 * @returns the code
 * @throws VidopsError ERR_4008 unless it is a lower-case word of at most 40 characters
 * @example
 * ```ts
 * requireReasonCode("provider_outage");
 * ```
 */
export function requireReasonCode(value: unknown): string {
  if (typeof value === "string" && /^[a-z][a-z0-9_]{0,39}$/.test(value)) return value;
  throw validationError(
    "reasonCode",
    "is malformed",
    "Give a lower-case word of at most 40 letters, digits and underscores, e.g. provider_outage.",
  );
}

/**
 * Checks the id of a run, which travels in a header and is stored with audited actions.
 *
 * @param value what the caller gave
 * @returns the id
 * @throws VidopsError ERR_4008 unless it is 1 to 100 printable ASCII characters without spaces
 * @example
 * ```ts
 * requireRunId("run_1m2qk3v7w0a9bcdefghj");
 * ```
 */
export function requireRunId(value: unknown): string {
  if (typeof value === "string" && /^[\x21-\x7e]{1,100}$/.test(value)) return value;
  throw validationError("runId", "is malformed", "Give 1 to 100 printable ASCII characters without spaces.");
}
