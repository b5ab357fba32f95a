import { isUuid, readCursorText, writeCursorText } from "@vidops/core/database";
import { badField } from "./bad-field.ts";

/** Where a page of jobs starts: behind the last one of the page before. */
export interface JobPlace {
  /** With all digits that the database has. */
  readonly createdAt: string;
  readonly jobId: string;
}

/** The list that a page belongs to. */
export interface ListedJobs {
  readonly userId: string;
  readonly status: string | null;
}

/**
 * Writes a place in a user's list as opaque text for the client to hand back.
 *
 * @param list whose jobs, and which
 * @param place the last job of the page
 * @returns the cursor
 */
export function encodeJobsCursor({ userId, status }: ListedJobs, { createdAt, jobId }: JobPlace): string {
  return writeCursorText(["jobs1", userId, status, createdAt, jobId]);
}

/**
 * Reads a cursor.
 *
 * @param cursor as {@link encodeJobsCursor} wrote it
 * @param list the list that is asked for now
 * @returns the place
 * @throws VidopsError ERR_4008, field `cursor`, when it is damaged, or of another user or another list
 */
export function decodeJobsCursor(cursor: string, { userId, status }: ListedJobs): JobPlace {
  const parts = readCursorText(cursor, 500);
  const [version, owner, listed, createdAt, jobId] = Array.isArray(parts)
    ? (parts as readonly unknown[])
    : [];
  // Postgres knows times that JavaScript does not, such as "infinity"; the database checks it.
  const isPlace =
    typeof createdAt === "string" &&
    /^[\w:.+ -]{1,50}$/.test(createdAt) &&
    typeof jobId === "string" &&
    isUuid(jobId);
  if (version === "jobs1" && isPlace && owner === userId && listed === status) return { createdAt, jobId };
  throw badField({
    field: "cursor",
    // Not whose it is: another user's is no better than a made-up one.
    fault: "is damaged, or of another list",
    hint: "Take next_cursor of the page before as it is, with the same status, or start without one.",
  });
}
