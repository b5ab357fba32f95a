import type { Balance, BalanceCache } from "./balance-cache.ts";
import type { CallOptions } from "./call-options.ts";
import { camelCased, camelCasedList } from "./camel-cased.ts";
import { type Page, type PagedList, pagedList } from "./page.ts";
import type { Send } from "./send.ts";
import { untilAborted } from "./until-aborted.ts";

/** How fresh a balance has to be. */
export interface BalanceOptions extends Pick<CallOptions, "signal"> {
  /** Take one that was read so long ago, in milliseconds; 0 asks the server. Default: the client's `balanceMaxAge`. */
  readonly maxAge?: number | undefined;
}

/** Which part of the history to read. */
export interface CreditHistoryOptions extends CallOptions {
  /** Entries a page, 1 to 1000. Default 50. */
  readonly limit?: number | undefined;
  /** `nextCursor` of the page before. */
  readonly cursor?: string | null | undefined;
}

/** One change of the balance. */
export interface CreditEntry {
  readonly id: string;
  readonly jobId: string | null;
  /** Credits: more than 0 given, less than 0 taken. */
  readonly change: number;
  readonly reason: string;
  readonly balanceAfter: number;
  /** ISO 8601. */
  readonly createdAt: string;
}

/** What a purchase gave. */
export interface Purchase {
  readonly transactionId: string;
  readonly productId: string;
  readonly creditsAdded: number;
  readonly creditsRemaining: number;
  /** True when its credits were given before. */
  readonly replayed: boolean;
}

/** The credits of the user who is signed in. */
export interface Credits {
  /**
   * The balance. It is kept some seconds, follows what this client does (a generation, its refund), and is asked for once by
   * all who want it at the same time.
   * @throws VidopsError ERR_4005 when nobody is signed in
   */
  balance(options?: BalanceOptions): Promise<Balance>;
  /** The ledger, newest first. */
  history(options?: CreditHistoryOptions): PagedList<CreditEntry>;
  /**
   * Has the credits of a purchase given, once, however often it is sent. Finish the store's transaction after it.
   * @param transaction as the store signed it, e.g. the `jwsRepresentation` of StoreKit 2
   * @throws VidopsError ERR_4008 it is not genuine · ERR_4009 it is another user's, or was taken back · ERR_6006 not known: again
   */
  purchase(transaction: string, options?: CallOptions): Promise<Purchase>;
}

/** Reads the balance; what the cache of the balance asks. */
export async function readBalance(
  send: Send,
  signal: AbortSignal,
): Promise<{ userId: string; balance: Balance }> {
  const { data, userId } = await send({
    path: "/functions/v1/get-user-credits",
    answer: "credits_remaining",
    options: { signal },
  });
  return { userId, balance: camelCased(data) };
}

/**
 * Makes `vidops.credits`.
 *
 * @param send what sends as the user
 * @param cache of the balance
 * @param userId the user who is signed in; throws ERR_4005 when there is none
 * @param maxAge how old a balance may be, in milliseconds
 * @returns the functions
 */
export function createCredits(
  send: Send,
  cache: BalanceCache,
  userId: () => Promise<string>,
  maxAge: number,
): Credits {
  return {
    balance: async (options = {}) => {
      const { signal } = options;
      return cache.get(await untilAborted(signal, userId()), options.maxAge ?? maxAge, signal);
    },
    purchase: (transaction, options = {}) =>
      cache.write(async () => {
        const reply = await send({
          path: "/functions/v1/purchase-credits",
          body: { transaction },
          answer: "transaction_id",
          options,
        });
        // The total has changed too.
        return {
          value: camelCased<Purchase>(reply.data),
          userId: reply.userId,
          creditsRemaining: null,
        };
      }),
    history: ({ limit = 50, cursor, ...options } = {}) =>
      pagedList(async (after): Promise<Page<CreditEntry>> => {
        const user = await untilAborted(options.signal, userId());
        const { data } = await send({
          path: "/rest/v1/quota_log",
          // It is a list.
          answer: "length",
          query: {
            select: "id,job_id,change,reason,balance_after,created_at",
            // Row level security would do, but an admin may see the rows of all.
            user_id: `eq.${user}`,
            id: after === null ? null : `lt.${after}`,
            order: "id.desc",
            // One more than asked for tells whether there is a next page.
            limit: limit + 1,
          },
          options,
        });
        const rows = camelCasedList<CreditEntry>(data).map((entry) => ({
          ...entry,
          id: String(entry.id),
        }));
        const items = rows.slice(0, limit);
        const hasMore = rows.length > limit;
        return { items, hasMore, nextCursor: hasMore ? (items.at(-1)?.id ?? null) : null };
      }, cursor ?? null),
  };
}
