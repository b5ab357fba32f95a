// Crockford's base 32: no i, l, o, u, so an id can be read out, and the order of the letters is the order of ASCII.
const ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz";
const TIME_LENGTH = 9;
const RANDOM_LENGTH = 11;

/**
 * Makes the id of one run of a program: `run_` and 20 characters that sort by time.
 *
 * @param random gives n random bytes; default: the runtime's secure randomness
 * @param clock the time now in milliseconds since 1970
 * @returns e.g. `"run_1m2qk3v7w0a9bcdefghj"`; 55 random bits for each millisecond
 * @example
 * ```ts
 * const runId = createRunId();
 * ```
 */
export function createRunId(
  random: (length: number) => Uint8Array = secureRandom,
  clock: () => number = Date.now,
): string {
  return `run_${sortableId(random, clock)}`;
}

/**
 * Makes the id of one request: `req_` and 20 characters that sort by time. It can be read out over the phone.
 *
 * @param random gives n random bytes; default: the runtime's secure randomness
 * @param clock the time now in milliseconds since 1970
 * @returns e.g. `"req_1m2qk3v7w0a9bcdefghj"`
 * @example
 * ```ts
 * createErrorResponse({ code: "ERR_6003", requestId: createRequestId() });
 * ```
 */
export function createRequestId(
  random: (length: number) => Uint8Array = secureRandom,
  clock: () => number = Date.now,
): string {
  return `req_${sortableId(random, clock)}`;
}

function sortableId(random: (length: number) => Uint8Array, clock: () => number): string {
  let time = Math.max(0, Math.trunc(clock()));
  let stamp = "";
  for (let place = 0; place < TIME_LENGTH; place += 1) {
    stamp = ALPHABET.charAt(time % 32) + stamp;
    time = Math.floor(time / 32);
  }
  let tail = "";
  for (const byte of random(RANDOM_LENGTH)) tail += ALPHABET.charAt(byte % 32);
  return `${stamp}${tail}`;
}

function secureRandom(length: number): Uint8Array {
  return crypto.getRandomValues(new Uint8Array(length));
}
