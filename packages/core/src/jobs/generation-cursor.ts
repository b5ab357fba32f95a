import { isUuid, readCursorText, writeCursorText } from "../database/index.ts";
import { validationError } from "../errors/index.ts";

/** The list that a page belongs to. */
export interface ListedGenerations {
  userId: string;
  status: string | null;
}

/** The last generation of a page. */
export interface GenerationPlace {
  /** As the database wrote it, to the microsecond. */
  createdAt: string;
  jobId: string;
}

const hint =
  "Take the cursor of the page before as it is, with the same user and status, or start without one.";

/** Writes a place as opaque text for the caller to hand back. */
export function encodeGenerationCursor(
  list: ListedGenerations,
  { createdAt, jobId }: GenerationPlace,
): string {
  return writeCursorText(["jobs1", list.userId, list.status, createdAt, jobId]);
}

/**
 * Reads a cursor.
 *
 * @throws VidopsError ERR_4008 when it is damaged or belongs to another list
 */
export function decodeGenerationCursor(cursor: string, list: ListedGenerations): GenerationPlace {
  const value = readCursorText(cursor, 500);
  const [version, userId, status, createdAt, jobId] = Array.isArray(value) ? (value as unknown[]) : [];
  if (version !== "jobs1" || !isTime(createdAt) || typeof jobId !== "string" || !isUuid(jobId))
    throw validationError("cursor", "is damaged", hint);
  if (userId !== list.userId) throw validationError("cursor", "belongs to another user's list", hint);
  if (status !== list.status) throw validationError("cursor", "belongs to a list with another status", hint);
  return { createdAt, jobId };
}

/** As the database writes it; it would choke on offsets that no zone has. */
function isTime(value: unknown): value is string {
  return (
    typeof value === "string" &&
    /^\d{4}-\d\d-\d\dT[\d:.]{8,15}(?:Z|\+00:00)$/.test(value) &&
    !Number.isNaN(Date.parse(value))
  );
}
