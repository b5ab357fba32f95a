/** What a prompt asks the development provider to do, beside a video. */
export interface Wishes {
  /** `[reject]`: refused at once, and no job is begun. */
  readonly reject: boolean;
  /** `[lost]`: the job is taken, and the answer to the submit never arrives. */
  readonly lost: boolean;
  /** `[fail]`: no video at the end. */
  readonly fail: boolean;
  /** `[twice]`: the end is told twice, at the same time. */
  readonly twice: boolean;
  /** `[silent]`: the end is not told; who wants to know asks. */
  readonly silent: boolean;
  /** `[slow]` takes long, `[late]` so long that the job was given up meanwhile. */
  readonly pace: "usual" | "slow" | "late";
}

/**
 * Reads the words in square brackets.
 *
 * @example readWishes("A red kite [fail] [twice]"); // { fail: true, twice: true, … }
 */
export function readWishes(prompt: unknown): Wishes {
  const text = typeof prompt === "string" ? prompt : "";
  const asks = (word: string): boolean => text.includes(`[${word}]`);
  return {
    reject: asks("reject"),
    lost: asks("lost"),
    fail: asks("fail"),
    twice: asks("twice"),
    silent: asks("silent"),
    pace: asks("late") ? "late" : asks("slow") ? "slow" : "usual",
  };
}
