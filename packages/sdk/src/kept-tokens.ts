import type { Clock } from "./clock.ts";
import type { TokenStorage } from "./token-storage.ts";
import { readTokens, type Tokens, writeTokens } from "./tokens.ts";

/** The tokens under one name of a storage. */
export interface KeptTokens {
  load(): Promise<Tokens | null>;
  save(tokens: Tokens): Promise<void>;
  forget(): Promise<void>;
}

/**
 * Keeps tokens in a storage. It is asked each time: another tab may have signed in or out.
 *
 * @param storage where
 * @param name under which name
 * @param clock for tokens that say how long they hold
 * @returns what reads and writes them; something unreadable is as good as nothing, and what cannot be saved is kept in memory
 */
export function keptTokens(storage: TokenStorage, name: string, clock: Clock): KeptTokens {
  /** What the storage did not take. */
  let unsaved: Tokens | null = null;
  const save = async (tokens: Tokens): Promise<void> => {
    unsaved = tokens;
    await storage.set(name, writeTokens(tokens));
    unsaved = null;
  };
  return {
    load: async () => {
      const tokens = unsaved;
      if (tokens !== null) {
        await save(tokens).catch(() => {});
        return tokens;
      }
      const text = await storage.get(name);
      try {
        return readTokens(JSON.parse(text ?? ""), clock.now());
      } catch {
        return null;
      }
    },
    save,
    forget: async () => {
      unsaved = null;
      await storage.remove(name);
    },
  };
}
