import type { PostgrestClient } from "@supabase/postgrest-js";
import type { DatabaseSchema } from "./database-schema.ts";

/**
 * What every function of vidops needs of a client: the client of {@link createDatabase} has it, and so has a
 * `SupabaseClient` of `@supabase/supabase-js`, so an app passes the client it already holds.
 */
export interface DatabaseClient {
  /** Calls a function of the database. */
  rpc(name: string, args?: object): PromiseLike<unknown>;
  /** Starts a query of a table. */
  from(table: string): object;
  /** How long one request may take, in milliseconds. Default 15 000. */
  readonly timeoutMs?: number;
  /** The run that requests belong to. */
  readonly runId?: string | null;
  /** What requests speak with, for the words of an error when it is not accepted. */
  readonly credential?: Credential | null;
}

/** A key or token in the words of its owner. */
export interface Credential {
  /** In the middle of a sentence, e.g. "your login (ada@example.com)". */
  readonly name: string;
  /** What to do when it is not accepted any more. */
  readonly renewal: string;
}

/** The client with the tables and functions of the vidops schema in its types. */
export type TypedClient = PostgrestClient<DatabaseSchema>;

/** How long one request may take when the client does not say. */
export const defaultTimeoutMs = 15_000;

/** The longest delay that timers take; a longer one would fire at once. */
export const maxTimeoutMs = 2_147_483_647;
