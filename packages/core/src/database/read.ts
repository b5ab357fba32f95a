import { VidopsError } from "../errors/index.ts";
import type { DatabaseClient, TypedClient } from "./database-client.ts";
import { type Effect, notSupabaseFault } from "./error-mapping.ts";
import type { ResultSchema } from "./rpc.ts";
import { settle } from "./settle.ts";

/**
 * Reads rows of a table, with exactly one request; or changes rows and reads them back.
 *
 * @param db the client
 * @param query builds the query on the typed client
 * @param rowSchema what each row is
 * @param options a signal; a read that is aborted rejects with the signal's reason. `effect: "write"` for a query that changes
 *   anything: then a lost answer is ERR_6006
 * @returns the checked rows
 * @throws VidopsError as `rpc` does
 * @example
 * ```ts
 * const rows = await read(db, (client) => client.from("users").select("id,email").eq("id", id), userRow);
 * ```
 */
export async function read<T>(
  db: DatabaseClient,
  query: (client: TypedClient) => PromiseLike<unknown>,
  rowSchema: ResultSchema<T>,
  { signal, effect = "read" }: { signal?: AbortSignal | undefined; effect?: Effect | undefined } = {},
): Promise<T[]> {
  // A DatabaseClient is a postgrest-js client by contract; only its types are kept small for callers.
  const client = db as unknown as TypedClient;
  const { data, status } = await settle(db, () => query(client), { effect, signal });
  if (!Array.isArray(data)) throw new VidopsError(notSupabaseFault(status, JSON.stringify(data) ?? ""));
  return data.map((row: unknown) => {
    const result = rowSchema.safeParse(row);
    if (result.success) return result.data;
    throw new VidopsError({
      code: "ERR_6004",
      reason: "unreadable_answer",
      message: "A row of the database has another form than this version of vidops knows.",
      hint: "Apply supabase/migrations to the database, then run `vidops doctor`.",
      cause: result.error,
    });
  });
}
