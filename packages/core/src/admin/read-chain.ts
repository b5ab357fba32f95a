import * as z from "zod/mini";
import { type DatabaseClient, rpc } from "../database/index.ts";

/** A place in the chain of acts, and what the chain was up to there. */
export interface ChainPlace {
  /** 1 for the first act; 0 for the start of the chain. */
  position: number;
  /** Of the act there, in 64 hexadecimal digits; 64 zeros for the start. */
  hash: string;
}

/** One act as it stands in the chain. */
export interface ChainRow extends ChainPlace {
  /** The act's id. */
  id: string;
  previousHash: string;
  /** All of the act as one line of JSON: hash = hex(sha256(utf8(previousHash + text))). */
  text: string;
}

/** Rows that follow a place, with the head of the chain at the same moment. */
export interface ChainPage {
  rows: ChainRow[];
  head: ChainPlace;
}

/** Where a chain starts. */
export const chainStart: ChainPlace = { position: 0, hash: "0".repeat(64) };

const place = { position: z.int(), hash: z.string() };
const answer = z.object({
  success: z.literal(true),
  head: z.object(place),
  rows: z.array(z.object({ ...place, id: z.string(), previous_hash: z.string(), text: z.string() })),
});

/** Reads the rows behind a position, at most `limit` (0 to 5000) of them. */
export async function readChain(
  db: DatabaseClient,
  afterPosition: number,
  limit: number,
  signal?: AbortSignal | undefined,
): Promise<ChainPage> {
  const { rows, head } = await rpc(
    db,
    "read_admin_action_chain",
    { p_after_position: afterPosition, p_limit: limit },
    answer,
    { effect: "read", signal },
  );
  return { rows: rows.map(({ previous_hash, ...row }) => ({ ...row, previousHash: previous_hash })), head };
}

/**
 * Reads the head of the chain of acts. Written down somewhere else, it later proves that the history up to it is still the
 * one it was: see `expect` of `verifyAdminActions`.
 *
 * @param db a client of an admin, or with a secret key
 * @param options a signal
 * @returns position and hash of the last act
 * @throws VidopsError ERR_4006 for anybody else than ops
 * @example
 * ```ts
 * const { position, hash } = await readChainHead(db);
 * ```
 */
export async function readChainHead(
  db: DatabaseClient,
  options: { signal?: AbortSignal | undefined } = {},
): Promise<ChainPlace> {
  return (await readChain(db, 0, 0, options.signal)).head;
}
