import { type JsonValue, redact, redactText } from "../logging/index.ts";

/** What an entry may hold of text: enough for a stack with its causes, little enough for a table with millions of rows. */
const maxText = 16_384;

/**
 * Makes data fit for a column of type jsonb: without secrets, bounded, and without what Postgres refuses in text,
 * which is the NUL character and halves of surrogate pairs.
 */
export function storableJson(value: unknown, redactEmails: boolean): JsonValue {
  return clean(redact(value, { emails: redactEmails, maxText }));
}

/** The same for a column of type text; null for what is no text or is blank. */
export function storableText(value: unknown, maxLength: number, redactEmails: boolean): string | null {
  if (typeof value !== "string") return null;
  // Cut first: a secret that is cut is not seen, but this is longer than what is kept.
  const text = cleanText(redactText(value.slice(0, maxLength * 2), { emails: redactEmails })).trim();
  return text === "" ? null : text.slice(0, maxLength).toWellFormed();
}

function clean(value: JsonValue): JsonValue {
  if (typeof value === "string") return cleanText(value);
  if (Array.isArray(value)) return value.map(clean);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, entry]) => [cleanText(key), clean(entry)]));
}

function cleanText(text: string): string {
  return text.replaceAll("\0", "\uFFFD").toWellFormed();
}
