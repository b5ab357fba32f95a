import type { Database } from "./database.types.ts";

/** The tables and functions of the vidops schema, as generated from the database. */
export type DatabaseSchema = Database;

type Functions = DatabaseSchema["public"]["Functions"];

/** The name of a function of the database. */
export type RpcName = string & keyof Functions;

/**
 * The arguments of one function. An argument left out takes its default in SQL; null is sent as null, which the
 * generated types do not know of.
 */
export type RpcArguments<Name extends RpcName> = {
  [Key in keyof Functions[Name]["Args"]]: Functions[Name]["Args"][Key] | null | undefined;
};
