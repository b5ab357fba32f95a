import { VidopsError } from "@vidops/core/errors";

/** What is needed of the global `crypto`. */
interface Randomness {
  randomUUID?(): string;
  getRandomValues?(bytes: Uint8Array<ArrayBuffer>): Uint8Array;
}

/**
 * Makes a key for one order. Whoever keeps it before the order is sent can repeat the order after a crash and never pays twice.
 *
 * @param randomness default: the global `crypto`. Without `randomUUID` (plain-http pages, React Native) its
 *   `getRandomValues` is used
 * @returns a random UUID
 * @throws VidopsError ERR_6003 `no_randomness` where there is neither, as in React Native without a polyfill
 * @see RFC 9562 section 5.4
 * @example
 * ```ts
 * const idempotencyKey = createIdempotencyKey();
 * await storage.set("order", idempotencyKey);
 * await vidops.videos.generate(order, { idempotencyKey });
 * ```
 */
export function createIdempotencyKey(
  randomness: Randomness | undefined = globalThis.crypto as Randomness | undefined,
): string {
  if (randomness?.randomUUID !== undefined) return randomness.randomUUID();
  const bytes = randomness?.getRandomValues?.(new Uint8Array(16));
  if (bytes === undefined) {
    throw new VidopsError({
      code: "ERR_6003",
      reason: "no_randomness",
      message: "This runtime has no crypto.getRandomValues.",
      hint: "In React Native, import react-native-get-random-values before anything else.",
    });
  }
  // Version 4, variant 10.
  const hex = Array.from(bytes, (byte, at) =>
    (at === 6 ? (byte & 0x0f) | 0x40 : at === 8 ? (byte & 0x3f) | 0x80 : byte).toString(16).padStart(2, "0"),
  ).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}
