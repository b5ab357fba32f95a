import type { ErrorPage, LoggedError } from "@vidops/core/error-log";

/** Reads one page of what is followed, newest first. */
export type ReadPage = (query: {
  readonly since: Date;
  readonly cursor: string | null;
  readonly signal: AbortSignal;
}) => Promise<ErrorPage>;

/** What is new since the last time. */
export interface News {
  /** Oldest first, each one once. */
  readonly entries: readonly LoggedError[];
  /** True when there was more than is read at once, so that older ones are left out. */
  readonly cut: boolean;
}

/**
 * An error is stored with the time at which its transaction began, and is seen when that ends: one that took some seconds
 * appears behind others that are shown already. So the last seconds are read again each time.
 */
const overlapMs = 15_000;

/**
 * Follows a list that grows: each call reads what has come since the last one. A call that fails loses nothing, the next
 * one reads the same again.
 *
 * @param read reads a page.
 * @param since where to begin.
 * @param options.now this machine's clock. What counts is the database's: it is only kept from being asked for a time
 *   that is to come where its clock is ahead.
 * @param options.largest pages read at once.
 * @example
 * const next = followErrors(read, since, { now });
 * for (const error of (await next(signal)).entries) show(error);
 */
export function followErrors(
  read: ReadPage,
  since: Date,
  { now, largest = 5 }: { readonly now: () => Date; readonly largest?: number },
): (signal: AbortSignal) => Promise<News> {
  const seen = new Map<string, number>();
  let from = since.getTime();
  return async (signal) => {
    const found: LoggedError[] = [];
    let cursor: string | null = null;
    let pages = 0;
    do {
      const page: ErrorPage = await read({ since: new Date(from), cursor, signal });
      found.push(...page.entries);
      cursor = page.nextCursor;
      pages += 1;
    } while (cursor !== null && pages < largest);
    const entries = found.filter(({ id }) => !seen.has(id)).reverse();
    for (const { id, createdAt } of entries) seen.set(id, Date.parse(createdAt));
    const newest = [...seen.values()].reduce((latest, time) => Math.max(latest, time), 0);
    from = Math.max(from, Math.min(newest, now().getTime()) - overlapMs);
    for (const [id, time] of seen) if (time < from) seen.delete(id);
    return { entries, cut: cursor !== null };
  };
}
