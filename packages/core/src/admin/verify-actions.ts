import { type DatabaseClient, requireCount } from "../database/index.ts";
import { validationError } from "../errors/index.ts";
import { type ChainFault, faultAt, missingRows } from "./chain-fault.ts";
import { hashOf, namesItself } from "./chain-hash.ts";
import { type ChainPage, type ChainPlace, type ChainRow, chainStart, readChain } from "./read-chain.ts";

/** How to verify the chain of acts. */
export interface ChainVerificationOptions {
  /** A head that was pinned: history up to there must be the one it was then. */
  expect?: ChainPlace | null;
  /** Believe what comes before this place, and begin behind it: the head of an earlier verification. */
  after?: ChainPlace | null;
  /** Rows a request, 1 to 5000. Default 1000. */
  pageSize?: number;
  /** Told after each page. */
  onProgress?: (progress: { checked: number; position: number; headPosition: number }) => void;
  /** Stops it; the promise rejects with the signal's reason. */
  signal?: AbortSignal | undefined;
}

/** What a verification found. */
export interface ChainVerification {
  /** True when every row fits, up to the head, and to what was pinned. */
  ok: boolean;
  /** Rows that fit. */
  checked: number;
  /** The last place that fits: pin it, or verify on from it later. The start of the chain where nothing was found to fit. */
  verified: ChainPlace;
  /** The head that the database has stored. */
  head: ChainPlace;
  /** The first thing that does not fit. */
  fault: ChainFault | null;
}

/**
 * Proves that no act was altered, removed, inserted or moved: walks the chain in pages, recomputes every hash, and compares the
 * end with the stored head. What is added meanwhile is no fault. Who can write the database as its owner could write a whole
 * new chain; that shows against a head that was pinned elsewhere (`expect`).
 *
 * @param db a client of an admin, or with a secret key
 * @param options a pinned head, where to begin, page size, progress, a signal
 * @returns the verdict, and the first row that does not fit
 * @throws VidopsError ERR_4008 bad input · ERR_4006 for anybody else than ops
 * @example
 * ```ts
 * const { ok, fault } = await verifyAdminActions(db, { expect: pinned });
 * ```
 * @see https://www.w3.org/TR/webcrypto-2/#subtlecrypto-interface
 */
export async function verifyAdminActions(
  db: DatabaseClient,
  options: ChainVerificationOptions = {},
): Promise<ChainVerification> {
  const { onProgress, signal } = options;
  const size = requireCount("pageSize", options.pageSize ?? 1_000, "rows", 5_000);
  const start = options.after == null ? chainStart : requirePlace("after", options.after);
  const expect = options.expect == null ? null : requirePlace("expect", options.expect);
  if (expect !== null && expect.position < start.position)
    throw validationError("expect", "is before the place to begin at", "Begin at its position or earlier.");

  let last: ChainPlace & { id: string | null } = { ...start, id: null };
  let checked = 0;
  let page = await readChain(db, start.position, size, signal);
  const verdict = (fault: ChainFault | null): ChainVerification => ({
    ok: fault === null,
    checked,
    // Of a place to begin behind it is only known to be one when something fits behind it, or when it is the head.
    verified: fault !== null && checked === 0 ? chainStart : { position: last.position, hash: last.hash },
    head: page.head,
    fault,
  });
  if (page.head.position < start.position) return verdict(notInChain(start, page.head));
  if (expect !== null && differs(last, expect)) return verdict(notPinned(expect, last.id));
  for (;;) {
    const next = prefetch(page, size, (position) => readChain(db, position, size, signal));
    // All of a page at once: the digests are computed beside each other.
    const hashes = await Promise.all(page.rows.map(hashOf));
    for (const [at, row] of page.rows.entries()) {
      if (!follows(row, last, hashes[at])) {
        // Read again from there, with what comes after it: that tells what was done.
        const around = await readChain(db, last.position, 10, signal);
        const anchored = last.position === start.position;
        return verdict(await faultAt([last, anchored], around));
      }
      last = { position: row.position, hash: row.hash, id: row.id };
      checked += 1;
      if (expect !== null && differs(last, expect)) return verdict(notPinned(expect, last.id));
    }
    onProgress?.({ checked, position: last.position, headPosition: page.head.position });
    if (next === null) break;
    page = await next;
  }
  return verdict(faultAtEnd(last, page.head, expect));
}

/** Starts reading what follows a page, if anything does, while that is looked at. */
function prefetch(
  { rows }: ChainPage,
  size: number,
  read: (position: number) => Promise<ChainPage>,
): Promise<ChainPage> | null {
  const end = rows.at(-1);
  if (end === undefined || rows.length < size) return null;
  const next = read(end.position);
  // Where a fault ends the walk, nobody waits for it.
  next.catch(() => {});
  return next;
}

function follows(row: ChainRow, last: ChainPlace, hash: string | undefined): boolean {
  return (
    row.position === last.position + 1 &&
    row.previousHash === last.hash &&
    row.hash === hash &&
    namesItself(row)
  );
}

function differs(place: ChainPlace, expected: ChainPlace): boolean {
  return place.position === expected.position && place.hash !== expected.hash;
}

function notPinned({ position }: ChainPlace, actionId: string | null): ChainFault {
  const explanation = "History up to there is whole in itself, but it is not the one that was pinned.";
  return { kind: "pinned", position, actionId, explanation };
}

function notInChain({ position }: ChainPlace, head: ChainPlace): ChainFault {
  const explanation = `The place to begin behind is not in this chain, whose head is of position ${head.position}.`;
  return { kind: "pinned", position, actionId: null, explanation };
}

/** What is wrong where the rows end, or null: by then every row fits the one before it. */
function faultAtEnd(
  last: ChainPlace & { id: string | null },
  head: ChainPlace,
  expect: ChainPlace | null,
): ChainFault | null {
  if (head.position > last.position) return missingRows(last.position + 1, head.position);
  const fault = { position: last.position, actionId: last.id };
  if (head.position < last.position)
    return {
      ...fault,
      kind: "head",
      explanation: `The stored head is of position ${head.position}, and the acts go on to ${last.position}.`,
    };
  if (head.hash !== last.hash)
    return { ...fault, kind: "head", explanation: "The stored head has another hash than the last act." };
  if (expect !== null && expect.position > last.position)
    return {
      ...missingRows(last.position + 1, expect.position),
      kind: "pinned",
      explanation: `The history that was pinned went on to position ${expect.position}; this one ends at ${last.position}.`,
    };
  return null;
}

function requirePlace(field: string, place: ChainPlace): ChainPlace {
  const { position, hash } = place;
  if (Number.isSafeInteger(position) && position >= 0 && /^[0-9a-f]{64}$/.test(hash)) return place;
  throw validationError(
    field,
    "is no place in a chain",
    "Give a position from 0 on and a hash of 64 hexadecimal digits.",
  );
}
