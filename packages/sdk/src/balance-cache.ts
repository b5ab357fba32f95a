import { untilAborted } from "./until-aborted.ts";

/** What a user has. */
export interface Balance {
  readonly creditsRemaining: number;
  /** All that were ever given. */
  readonly creditsTotal: number;
}

/** What a write told of the balance. */
export interface Written<T> {
  readonly value: T;
  readonly userId: string;
  /** The balance right after the write; null when that is not known, or not how it is now. */
  readonly creditsRemaining: number | null;
}

/** The balance of a user, kept for a short while. */
export interface BalanceCache {
  /** The balance: kept, or read; those who ask at the same time share one read, which ends when all of them have gone. */
  get(userId: string, maxAge: number, signal?: AbortSignal): Promise<Balance>;
  /** Does something that changes the balance, and keeps what it tells. */
  write<T>(act: () => Promise<Written<T>>): Promise<T>;
  /** Keeps a whole balance that some answer told. */
  told(userId: string, balance: Balance): void;
  /** The balance has changed, nobody knows how. */
  forget(): void;
}

/** A read that is under way. */
interface Reading {
  readonly userId: string;
  readonly version: number;
  readonly result: Promise<Balance>;
  readonly stop: AbortController;
  /** How many wait for it. */
  waiting: number;
}

/**
 * Makes a cache of a balance. It never goes back in time: a read that began before a write was answered is not kept, and of
 * writes that overlap none is believed, since their answers may come in another order than they were done in.
 *
 * @param read asks for the balance of the user who is signed in, and says whose it is
 * @param now the time now, in milliseconds
 * @returns the cache
 */
export function createBalanceCache(
  read: (signal: AbortSignal) => Promise<{ readonly userId: string; readonly balance: Balance }>,
  now: () => number,
): BalanceCache {
  let kept: { readonly userId: string; readonly balance: Balance; readonly at: number } | null = null;
  let reading: Reading | null = null;
  /** Rises with each write that was answered. */
  let version = 0;
  let writing = 0;

  const begin = (userId: string): Reading => {
    const [began, at, stop] = [version, now(), new AbortController()];
    const result = read(stop.signal).then((answer) => {
      if (began === version) kept = { ...answer, at };
      // Something newer came in between.
      return kept?.userId === answer.userId ? kept.balance : answer.balance;
    });
    reading = { userId, version, result, stop, waiting: 0 };
    return reading;
  };
  const forget = (): void => {
    version += 1;
    kept = null;
  };

  return {
    get: async (userId, maxAge, signal) => {
      const age = kept?.userId === userId ? now() - kept.at : -1;
      if (kept !== null && age >= 0 && age < maxAge) return kept.balance;
      const joined = reading?.userId === userId && reading.version === version ? reading : begin(userId);
      joined.waiting += 1;
      try {
        return await untilAborted(signal, joined.result);
      } finally {
        joined.waiting -= 1;
        if (joined.waiting === 0) {
          // The last one has gone: nobody is to join it any more.
          joined.stop.abort();
          if (reading === joined) reading = null;
        }
      }
    },
    write: async (act) => {
      const [began, alone] = [version, writing === 0];
      writing += 1;
      let written: Written<unknown> | null = null;
      try {
        const answer = await act();
        written = answer;
        return answer.value;
      } finally {
        writing -= 1;
        const before = kept;
        const sure = alone && writing === 0 && version === began;
        forget();
        if (sure && written?.creditsRemaining != null && before?.userId === written.userId) {
          const balance = { ...before.balance, creditsRemaining: written.creditsRemaining };
          kept = { userId: written.userId, balance, at: now() };
        }
      }
    },
    told: (userId, balance) => {
      forget();
      if (writing === 0) kept = { userId, balance, at: now() };
    },
    forget,
  };
}
