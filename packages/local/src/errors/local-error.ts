/** What went wrong, as a stable name that a program can branch on. */
export const LocalErrorCode = {
  PortInUse: "port_in_use",
  DataDirDamaged: "data_dir_damaged",
  DataDirOtherVersion: "data_dir_other_version",
  DataDirInUse: "data_dir_in_use",
  MissingBinary: "missing_binary",
  NoPermission: "no_permission",
  MigrationFailed: "migration_failed",
  MigrationOutOfOrder: "migration_out_of_order",
  MigrationsInvalid: "migrations_invalid",
  SeedFailed: "seed_failed",
  StartFailed: "start_failed",
  StopTimedOut: "stop_timed_out",
  Aborted: "aborted",
  InvalidOption: "invalid_option",
} as const;

export type LocalErrorCode = (typeof LocalErrorCode)[keyof typeof LocalErrorCode];

/**
 * Every failure of the local stack that a person can do something about.
 *
 * @example
 * try {
 *   await startLocal({ port: 54321 });
 * } catch (error) {
 *   if (error instanceof LocalError && error.code === "port_in_use") console.error(error.hint);
 * }
 */
export class LocalError extends Error {
  override readonly name: string = "LocalError";
  readonly code: LocalErrorCode;
  /** The way out, as one sentence for the person at the terminal; null when there is none to give. */
  readonly hint: string | null;

  constructor(code: LocalErrorCode, message: string, hint: string | null = null, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
    this.hint = hint;
  }
}
