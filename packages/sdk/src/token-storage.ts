/**
 * Where tokens are kept between starts of an app. What is kept opens the user's session: in React Native, keep it in the
 * system's key store (e.g. expo-secure-store).
 *
 * @example
 * ```ts
 * const storage: TokenStorage = {
 *   get: (name) => localStorage.getItem(name),
 *   set: (name, value) => localStorage.setItem(name, value),
 *   remove: (name) => localStorage.removeItem(name),
 * };
 * ```
 */
export interface TokenStorage {
  get(name: string): string | null | undefined | Promise<string | null | undefined>;
  set(name: string, value: string): unknown;
  remove(name: string): unknown;
}

/** Keeps tokens as long as the program runs. */
export function memoryStorage(): TokenStorage {
  const kept = new Map<string, string>();
  return {
    get: (name) => kept.get(name),
    set: (name, value) => kept.set(name, value),
    remove: (name) => kept.delete(name),
  };
}
