/** The oldest version of the database's schema (the timestamp of its last migration) that this code works with. */
export const requiredSchemaVersion: string = "20261128002000";
