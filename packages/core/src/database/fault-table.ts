/** What a code of the database or of Auth means for the request. */
export type FaultKind =
  | "schema_outdated"
  | "forbidden"
  | "unauthorized"
  | "banned"
  | "not_found"
  | "invalid"
  | "conflict"
  | "rate_limited"
  | "unreachable"
  | "nothing_ran"
  | "rolled_back"
  | "lost"
  | "failed";

/** A pattern of codes, what they mean, and the machine name that the error gets. */
export type FaultRow = readonly [pattern: RegExp, kind: FaultKind, reason: string];

/**
 * The codes of PostgREST (PGRST…), Postgres (SQLSTATE) and Prisma (P2…) that mean more than "database error". The first match
 * counts. `nothing_ran`: the database was not reached. `rolled_back`: it answered that it undid everything.
 * `lost`: the connection broke under the statement, so it may have been committed.
 */
export const databaseFaults: readonly FaultRow[] = [
  [
    /^(?:PGRST202|PGRST203|PGRST204|PGRST205|PGRST200|PGRST106|42883|42P01|42703|3F000)$/,
    "schema_outdated",
    "schema_outdated",
  ],
  [/^42501$/, "forbidden", "forbidden"],
  // Raised by triggers of ours, with the HTTP status that PostgREST is to answer.
  [/^PT403$/, "banned", "account_banned"],
  [/^PT409$/, "conflict", "account_handed_over"],
  [/^PGRST30[123]$/, "unauthorized", "invalid_key"],
  [/^(?:PGRST116|P2025)$/, "not_found", "row_not_found"],
  // 22021 and 22P05 are characters that Postgres cannot hold, such as NUL.
  [/^(?:22023|22P02|22P05|22021|22003|22001|22007|22008|PGRST10\d)$/, "invalid", "validation_failed"],
  [/^23502$/, "invalid", "not_null_violation"],
  [/^23514$/, "invalid", "check_violation"],
  [/^(?:23505|P2002)$/, "conflict", "unique_violation"],
  [/^(?:23503|P2003)$/, "conflict", "foreign_key_violation"],
  [/^23P01$/, "conflict", "exclusion_violation"],
  [/^(?:PGRST000|PGRST002|PGRST003|53300|57P03)$/, "nothing_ran", "database_unreachable"],
  // PGRST001 is libpq's own error, met when the connection is cut while a statement runs.
  [/^(?:PGRST001|PGRSTX00|40003|57P0\d|08\w{3}|58\w{3})$/, "lost", "connection_lost"],
  [/^57014$/, "rolled_back", "statement_timeout"],
  [/^55P03$/, "rolled_back", "lock_timeout"],
  [/^(?:40001|40P01)$/, "rolled_back", "serialization_failure"],
  [/^25006$/, "failed", "read_only_database"],
];

/**
 * The error codes of Supabase Auth (`AuthError.code`). One that is not here is told by its HTTP status.
 *
 * @see https://supabase.com/docs/guides/auth/debugging/error-codes
 */
export const authFaults: readonly FaultRow[] = [
  [/^(?:user_banned)$/, "banned", "account_banned"],
  [
    /^(?:bad_jwt|no_authorization|session_expired|session_not_found|refresh_token_(?:not_found|already_used)|invalid_credentials|otp_expired|reauthentication_needed|email_not_confirmed|phone_not_confirmed)$/,
    "unauthorized",
    "not_signed_in",
  ],
  [
    /^(?:not_admin|insufficient_aal|signup_disabled|\w+_provider_disabled|\w+_not_authorized)$/,
    "forbidden",
    "forbidden",
  ],
  [/^(?:user_not_found|identity_not_found|flow_state_not_found)$/, "not_found", "not_found"],
  [/^(?:conflict|\w+_already_exists|\w+_exists|same_password)$/, "conflict", "conflict"],
  [/^over_\w+_rate_limit$/, "rate_limited", "rate_limited"],
  [/^(?:validation_failed|bad_json|weak_password|email_address_invalid)$/, "invalid", "validation_failed"],
  [/^(?:request_timeout|hook_timeout\w*)$/, "unreachable", "auth_unreachable"],
];
