import { VidopsError } from "../errors/index.ts";
import type { LimitState } from "./decision.ts";
import type { CountedLimit } from "./redis-keys.ts";
import type { TakeAnswer } from "./store.ts";

/**
 * Takes the numbers of the judgement apart. What does not look like them is nobody's permission.
 *
 * @param answer what the client gave
 * @param counted the limits that were judged, in their order
 * @param effect whether the request was to be counted
 * @returns whether it may go on, and how each limit stands
 * @throws VidopsError `unreadable_answer`
 */
export function readJudgement(
  answer: unknown,
  counted: readonly CountedLimit[],
  effect: "read" | "write",
): Omit<TakeAnswer, "reservation"> {
  if (
    !Array.isArray(answer) ||
    answer.length !== 2 + 3 * counted.length ||
    !answer.every((number) => Number.isSafeInteger(number) && number >= 0) ||
    answer[0] > 1
  )
    throw unreadable(effect, answer);
  const [verdict, now, ...numbers] = answer as [number, number, ...number[]];
  const allowed = verdict === 1;
  if (!allowed && counted.every((_, index) => numbers[3 * index + 1] === 0)) throw unreadable(effect, answer);
  const limits = counted.map(({ limit, subject }, index): LimitState => {
    const [used = 0, fits = 0, last = 0] = numbers.slice(3 * index);
    const reset = Math.max(last === 0 ? 0 : last + limit.windowSeconds * 1_000_000, now);
    return {
      name: limit.name,
      per: limit.per,
      subject,
      limit: limit.maxRequests,
      windowSeconds: limit.windowSeconds,
      remaining: Math.max(limit.maxRequests - used, 0),
      allowed: allowed || fits === 0,
      retryAfterMs: fits === 0 ? 0 : Math.ceil((fits - now) / 1000),
      resetAt: new Date(Math.ceil(reset / 1000)).toISOString(),
      resetAfterMs: Math.ceil((reset - now) / 1000),
    };
  });
  return { allowed, limits };
}

/** The error for an answer that is not one of these scripts': ERR_6006 when it may have counted, else ERR_6004. */
export function unreadable(effect: "read" | "write", answer: unknown): VidopsError {
  return new VidopsError({
    code: effect === "write" ? "ERR_6006" : "ERR_6004",
    reason: "unreadable_answer",
    message: "Redis' answer has another form than this version of vidops knows.",
    hint: "The client must hand on numbers and texts as Redis answers them, without a mapping of types.",
    details: { answer: typeof answer },
  });
}
