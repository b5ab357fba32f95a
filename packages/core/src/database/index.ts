export {
  isUuid,
  maxInteger,
  requireCount,
  requireIdempotencyKey,
  requireReason,
  requireReasonCode,
  requireRunId,
  requireUuid,
} from "./arguments.ts";
export { createDatabase, type Database, type DatabaseOptions } from "./create-database.ts";
export { readCursorText, writeCursorText } from "./cursor-text.ts";
export type { Credential, DatabaseClient, TypedClient } from "./database-client.ts";
export type { DatabaseSchema, RpcArguments, RpcName } from "./database-schema.ts";
export type { Effect } from "./error-mapping.ts";
export { jwtClaims, type KeyKind, keyKind } from "./key.ts";
export { read } from "./read.ts";
export { type ResultSchema, type RpcOptions, rpc } from "./rpc.ts";
export { requiredSchemaVersion } from "./schema-version.ts";
export { toVidopsError } from "./thrown-error.ts";
export { isoTime, requireTimes } from "./times.ts";
