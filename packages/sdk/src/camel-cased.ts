import { objectOf } from "./answer-error.ts";
import { ownError } from "./own-error.ts";

/**
 * Takes an object of an answer as the app knows it: `job_id` becomes `jobId`. What it holds stays as it is, and fields that
 * only a newer server has come along.
 *
 * @param value of an answer
 * @returns the same fields under their names in TypeScript
 * @throws VidopsError ERR_6007 `unexpected_answer` when it is no object
 * @example
 * ```ts
 * camelCased<Balance>({ credits_remaining: 3, credits_total: 10 }); // { creditsRemaining: 3, creditsTotal: 10 }
 * ```
 */
export function camelCased<T>(value: unknown): T {
  const fields = objectOf(value);
  if (fields === null) throw ownError("ERR_6007", "unexpected_answer", null);
  const named = Object.entries(fields).map(
    ([name, field]) =>
      [name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase()), field] as const,
  );
  return Object.fromEntries(named) as T;
}

/**
 * Takes a list of an answer.
 *
 * @param value of an answer
 * @returns the objects, as the app knows them
 * @throws VidopsError ERR_6007 `unexpected_answer` when it is no list
 */
export function camelCasedList<T>(value: unknown): T[] {
  if (!Array.isArray(value)) throw ownError("ERR_6007", "unexpected_answer", null);
  return value.map((each) => camelCased<T>(each));
}
