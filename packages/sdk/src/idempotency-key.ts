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
  const random = randomness?.getRandomValues;
  if (random === undefined) {
    throw new VidopsError({
      code: "ERR_6003",
      reason: "no_randomness",
      message:
        "There is no crypto.getRandomValues: in React Native, import react-native-get-random-values first.",
    });
  }
  // Version 4, variant 10: of an 8 the lowest two bits are random, of the others all four.
  return "10000000-1000-4000-8000-100000000000".replace(/[018]/g, (digit) => {
    const [byte = 0] = random.call(randomness, new Uint8Array(1));
    return (Number(digit) ^ (byte & (digit === "8" ? 3 : 15))).toString(16);
  });
}
