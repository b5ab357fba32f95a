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
  /** The balance: kept, or read; those who ask at the same time share one read. */
  get(userId: string, maxAge: number): Promise<Balance>;
  /** Does something that changes the balance, and keeps what it tells. */
  write<T>(act: () => Promise<Written<T>>): Promise<T>;
  /** Keeps a whole balance that some answer told. */
  told(userId: string, balance: Balance): void;
  /** The balance has changed, nobody knows how. */
  forget(): void;
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
  read: () => Promise<{ readonly userId: string; readonly balance: Balance }>,
  now: () => number,
): BalanceCache {
  let kept: { readonly userId: string; readonly balance: Balance; readonly at: number } | null = null;
  let reading: {
    readonly userId: string;
    readonly version: number;
    readonly result: Promise<Balance>;
  } | null = null;
  /** Rises with each write that was answered. */
  let version = 0;
  let writing = 0;

  const begin = (userId: string): Promise<Balance> => {
    const [began, at] = [version, now()];
    const result = read()
      .then((answer) => {
        if (began === version) kept = { ...answer, at };
        // Something newer came in between.
        return kept?.userId === answer.userId ? kept.balance : answer.balance;
      })
      .finally(() => {
        if (reading?.result === result) reading = null;
      });
    reading = { userId, version, result };
    return result;
  };
  const forget = (): void => {
    version += 1;
    kept = null;
  };

  return {
    get: async (userId, maxAge) => {
      const age = kept?.userId === userId ? now() - kept.at : -1;
      if (kept !== null && age >= 0 && age < maxAge) return kept.balance;
      if (reading?.userId === userId && reading.version === version) return reading.result;
      return begin(userId);
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
