export type CheckName =
  | "settings"
  | "url"
  | "key"
  | "clock"
  | "schema"
  | "grants"
  | "ledger"
  | "admins"
  | "jobs"
  | "acting admin";

/** One check: what was found and, unless all is well, how to mend it. */
export interface Check {
  readonly name: CheckName;
  readonly status: "ok" | "warn" | "fail" | "skipped";
  readonly detail: string;
  /** Sentences, commands or SQL, one a line. */
  readonly fix: readonly string[];
}

/** A check that found nothing wrong. */
export function ok(name: CheckName, detail: string): Check {
  return { name, status: "ok", detail, fix: [] };
}

/** A check that found something worth a look. */
export function warn(name: CheckName, detail: string, ...fix: string[]): Check {
  return { name, status: "warn", detail, fix };
}

/** A check that failed. */
export function fail(name: CheckName, detail: string, ...fix: string[]): Check {
  return { name, status: "fail", detail, fix };
}

/** A check that could not be made. */
export function skipped(name: CheckName, detail: string): Check {
  return { name, status: "skipped", detail, fix: [] };
}
