import { VidopsError } from "../errors/index.ts";
import type { DatabaseClient } from "./database-client.ts";
import type { RpcArguments, RpcName } from "./database-schema.ts";
import { denialError } from "./denial.ts";
import { type Effect, notSupabaseFault } from "./error-mapping.ts";
import { settle } from "./settle.ts";

/** What a zod (or zod/mini) schema offers, as far as it is used here. */
export interface ResultSchema<T> {
  safeParse(data: unknown): { success: true; data: T } | { success: false; error: unknown };
}

/** How one call is to be carried out. */
export interface RpcOptions {
  /** `write` when the function may change anything: then a lost answer is ERR_6006, never retried. */
  effect: Effect;
  /** Stops the waiting. A write in flight cannot be taken back: aborting it is ERR_6006. */
  signal?: AbortSignal | undefined;
}

/**
 * Calls a function of the database: the one place where that is done, with exactly one request.
 *
 * @param db the client
 * @param name the function's name, literally, so that a search finds its SQL
 * @param args its arguments by name; one that is undefined takes its default in SQL
 * @param resultSchema what it returns on success
 * @param options whether it writes, and a signal
 * @returns the checked result
 * @throws VidopsError for a refusal (`reason` is its machine name), bad arguments, missing permission, and every
 *   way a request can fail
 * @example
 * ```ts
 * const answer = await rpc(db, "add_credits", { p_user_id: userId, p_amount: 5, p_reason: "gift" }, schema, { effect: "write" });
 * ```
 */
export async function rpc<Name extends RpcName, T>(
  db: DatabaseClient,
  name: Name,
  args: RpcArguments<Name>,
  resultSchema: ResultSchema<T>,
  options: RpcOptions,
): Promise<T> {
  try {
    const { data, status } = await settle(db, () => db.rpc(name, args), options);
    return checked(data, status, resultSchema, options.effect);
  } catch (error) {
    throw error instanceof VidopsError ? named(error, name, args) : error;
  }
}

function checked<T>(data: unknown, status: number, schema: ResultSchema<T>, effect: Effect): T {
  const answer = typeof data === "object" && data !== null ? (data as Record<string, unknown>) : {};
  if (answer.success === false) throw denialError(answer);
  const result = schema.safeParse(data);
  if (result.success) return result.data;
  // A function of ours says "success"; what does not is another server, or a table of the same name.
  if (answer.success !== true) {
    throw new VidopsError(notSupabaseFault(status, JSON.stringify(data) ?? ""));
  }
  throw new VidopsError({
    code: effect === "write" ? "ERR_6006" : "ERR_6004",
    reason: "unreadable_answer",
    message:
      effect === "write"
        ? "The database did the request, but its answer has another form than this version of vidops knows."
        : "The database's answer has another form than this version of vidops knows.",
    hint: "The database's schema and this version of vidops differ; run `vidops doctor`.",
    cause: result.error,
  });
}

/** Adds which call failed and, for a lost write, what settles it. */
function named(error: VidopsError, name: string, args: Record<string, unknown>): VidopsError {
  const key = args.p_idempotency_key ?? args.p_transaction_id;
  const settles = error.code === "ERR_6006" && typeof key === "string";
  return new VidopsError({
    code: error.code,
    reason: error.reason,
    message: error.message,
    hint: settles
      ? "Repeat exactly the same call with the same key: it is done at most once, and the answer says how it ended."
      : error.hint,
    retryable: error.retryable,
    variables: error.variables,
    details: { ...error.details, function: name, ...(settles ? { idempotency_key: key } : {}) },
    cause: error.cause,
  });
}
