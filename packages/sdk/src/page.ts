import { ownError } from "./own-error.ts";

/** One page of a list. */
export interface Page<T> {
  readonly items: readonly T[];
  readonly hasMore: boolean;
  /** Hand it back for the next page; null on the last one. */
  readonly nextCursor: string | null;
}

/** The first page as a promise, and everything from there on as an async iterable. */
export type PagedList<T> = Promise<Page<T>> & AsyncIterable<T>;

/**
 * Makes a list of pages. The first one is asked for at once, the others as far as somebody reads.
 *
 * @param load asks for the page at a cursor; null is the first
 * @param cursor where to begin
 * @returns the list
 * @example
 * ```ts
 * const { items, nextCursor } = await vidops.videos.list();
 * for await (const video of vidops.videos.list()) show(video);
 * ```
 */
export function pagedList<T>(
  load: (cursor: string | null) => Promise<Page<T>>,
  cursor: string | null = null,
): PagedList<T> {
  const first = load(cursor);
  return Object.assign(first, {
    async *[Symbol.asyncIterator](): AsyncIterator<T> {
      let page = await first;
      for (let asked = cursor; ; page = await load(asked)) {
        yield* page.items;
        if (page.nextCursor === null) return;
        // Or it would never end.
        if (page.nextCursor === asked) throw ownError("ERR_6007", "repeated_cursor", null);
        asked = page.nextCursor;
      }
    },
  });
}
