import type { TokenStorage } from "./token-storage.ts";
import { type Tokens, userOf } from "./tokens.ts";

/** A guest who was there before an account, until the account has taken over. */
export interface KeptGuest {
  readonly tokens: Tokens;
  /** The account that signed in after the guest; null while the guest is still there. Nobody else may take over. */
  readonly account: string | null;
}

/** The guests of a device. */
export interface KeptGuests {
  all(): Promise<readonly KeptGuest[]>;
  /** Changes them, one change after the other. */
  change(how: (guests: readonly KeptGuest[]) => readonly KeptGuest[]): Promise<void>;
}

/**
 * Keeps guests in a storage.
 *
 * @param storage where
 * @param name under which name
 * @returns what reads and changes them; something unreadable is as good as nothing
 */
export function keptGuests(storage: TokenStorage, name: string): KeptGuests {
  let last: Promise<unknown> = Promise.resolve();
  const all = async (): Promise<readonly KeptGuest[]> => {
    const text = await storage.get(name);
    try {
      const guests: unknown = JSON.parse(text ?? "[]");
      return Array.isArray(guests) ? guests : [];
    } catch {
      return [];
    }
  };
  return {
    all,
    change: (how) => {
      const work = last.then(async () => {
        const guests = how(await all());
        await (guests.length > 0 ? storage.set(name, JSON.stringify(guests)) : storage.remove(name));
      });
      last = work.catch(() => {});
      return work;
    },
  };
}

/** The guests with these tokens of one of them, old or new. */
export function withGuest(guests: readonly KeptGuest[], tokens: Tokens, account: string | null): KeptGuest[] {
  return [...withoutGuest(guests, userOf(tokens).userId), { tokens, account }];
}

/** The guests but one. */
export function withoutGuest(guests: readonly KeptGuest[], userId: string): KeptGuest[] {
  return guests.filter(({ tokens }) => userOf(tokens).userId !== userId);
}
