import { usageError } from "./command-error.ts";
import { sanitizeText } from "./output/sanitize.ts";

const largestAmount = 2_147_483_647;
const largestReason = 500;
const largestTicket = 100;

/**
 * An amount of credits, as typed: digits only, 1 to 2147483647.
 * @param whenNegative what to say to a number below 0.
 * @throws CommandError exit 2, saying what is wrong with it.
 * @example parseAmount("5", "--amount") // 5
 */
export function parseAmount(
  text: string,
  name: string,
  whenNegative: string = "A refund only gives back.",
): number {
  const example = `For example: ${name} 5`;
  if (/^-\d/.test(text))
    throw usageError(`${name} must be more than 0, got ${shown(text)}.`, `${whenNegative} ${example}`);
  if (/^\d+[.,]\d+$/.test(text))
    throw usageError(`${name} must be a whole number of credits, got ${shown(text)}.`, example);
  if (!/^\d+$/.test(text))
    throw usageError(`${name} must be a number of credits, got ${shown(text)}.`, example);
  const amount = Number(text);
  if (amount === 0) throw usageError(`${name} must be more than 0.`, example);
  if (amount > largestAmount)
    throw usageError(`${name} must be at most ${largestAmount}, got ${shown(text)}.`, example);
  return amount;
}

/**
 * A whole number in a range, e.g. for --limit.
 * @throws CommandError exit 2.
 */
export function parseCount(text: string, name: string, minimum: number, maximum: number): number {
  const count = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (count >= minimum && count <= maximum) return count;
  throw usageError(`${name} must be a whole number from ${minimum} to ${maximum}, got ${shown(text)}.`);
}

/**
 * A job's id.
 * @throws CommandError exit 2 when it is not a uuid.
 */
export function parseJobId(text: string): string {
  if (isUuid(text)) return text.toLowerCase();
  throw usageError(
    `${shown(text)} is not a job id.`,
    "A job id looks like 0b0e3f5a-5e1c-4b6b-9c1f-2a8d4f6e7a90.",
  );
}

/**
 * A user, named by id or email; which of the two is decided by its shape.
 * @throws CommandError exit 2 when it is neither.
 */
export function parseUserReference(text: string, name: string): string {
  const trimmed = text.trim();
  if (isUuid(trimmed)) return trimmed.toLowerCase();
  if (/^[^\s@]+@[^\s@]+$/.test(trimmed) && trimmed.length <= 320) return trimmed;
  throw usageError(
    `${name} must be a user's id or email, got ${shown(text)}.`,
    "For example: ada@example.com",
  );
}

/**
 * The reason of a change, which goes into the audit for good.
 * @param name of the option it was given by.
 * @throws CommandError exit 2 when missing, blank or longer than 500 characters.
 */
export function parseReason(text: string | undefined, name: string = "--reason"): string {
  const example = 'For example: --reason "video never arrived, ticket 4711"';
  if (text === undefined) throw usageError(`${name} is missing: the audit keeps why.`, example);
  // What is sent must be what a terminal can show: the command that settles a lost answer is printed and repeats it.
  const reason = sanitizeText(text).trim();
  if (reason === "") throw usageError(`${name} is blank: the audit keeps why.`, example);
  const length = Array.from(reason).length;
  if (length > largestReason)
    throw usageError(
      `${name} is ${length} characters long; at most ${largestReason} are kept.`,
      "Put the long story into a ticket and name the ticket.",
    );
  if (reason.includes("\0") || !reason.isWellFormed())
    throw usageError(`${name} holds characters that cannot be stored.`);
  return reason;
}

/**
 * The ticket that a change belongs to, as the audit keeps it.
 * @returns null when none was named.
 * @throws CommandError exit 2 when blank or longer than 100 characters.
 * @example parseTicket("SUP-4711") // "SUP-4711"
 */
export function parseTicket(text: string | undefined): string | null {
  if (text === undefined) return null;
  const ticket = sanitizeText(text).trim();
  if (ticket === "") throw usageError("--ticket is blank.", "Leave it out, or name one: --ticket SUP-4711");
  const length = Array.from(ticket).length;
  if (length > largestTicket)
    throw usageError(
      `--ticket is ${length} characters long; at most ${largestTicket} are kept.`,
      "Name its id, e.g. --ticket SUP-4711; the story goes into --reason.",
    );
  return ticket;
}

/** Whether a text has the form of a uuid. */
export function isUuid(text: string): boolean {
  return /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i.test(text);
}

/** A typed value inside a message: quoted, and cut where it is long. */
export function shown(text: string): string {
  return JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}…` : text);
}
