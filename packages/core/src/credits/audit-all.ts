import type { DatabaseClient } from "../database/index.ts";
import { auditCredits, type CreditAudit } from "./audit.ts";

/** How far an audit of all users is. */
export interface AuditProgress {
  usersChecked: number;
  usersDrifted: number;
  pages: number;
}

/**
 * Proves the ledgers of all users, page after page.
 *
 * @param db a client of an admin or with a secret key
 * @param options a signal (the audit then rejects with its reason), and a listener called after each page
 * @returns all pages as one
 * @throws VidopsError as `auditCredits` does
 * @example
 * ```ts
 * const audit = await auditAllCredits(db, { onProgress: ({ usersChecked }) => console.error(usersChecked) });
 * process.exitCode = audit.usersDrifted === 0 ? 0 : 1;
 * ```
 */
export async function auditAllCredits(
  db: DatabaseClient,
  options: {
    limit?: number;
    signal?: AbortSignal | undefined;
    onProgress?: ((progress: AuditProgress) => void) | undefined;
  } = {},
): Promise<CreditAudit> {
  const page = options.limit === undefined ? {} : { limit: options.limit };
  let audit = await auditCredits(db, { ...page, signal: options.signal });
  for (let pages = 1; ; pages += 1) {
    const { usersChecked, usersDrifted, nextCursor } = audit;
    options.onProgress?.({ usersChecked, usersDrifted, pages });
    if (nextCursor === null) return audit;
    const next = await auditCredits(db, { ...page, cursor: nextCursor, signal: options.signal });
    // The database must go on; a cursor that stands still would loop for ever.
    if (next.nextCursor !== null && next.nextCursor <= nextCursor) next.nextCursor = null;
    audit = {
      ...audit,
      usersChecked: usersChecked + next.usersChecked,
      usersDrifted: usersDrifted + next.usersDrifted,
      drift: [...audit.drift, ...next.drift],
      nextCursor: next.nextCursor,
    };
  }
}
