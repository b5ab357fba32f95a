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
 * @returns what reads and writes them; something unreadable is as good as nothing
 */
export function keptTokens(storage: TokenStorage, name: string, clock: Clock): KeptTokens {
  return {
    load: async () => {
      try {
        return readTokens(JSON.parse((await storage.get(name)) ?? ""), clock.now());
      } catch (error) {
        if (error instanceof SyntaxError) return null;
        throw error;
      }
    },
    save: async (tokens) => {
      await storage.set(name, writeTokens(tokens));
    },
    forget: async () => {
      await storage.remove(name);
    },
  };
}
