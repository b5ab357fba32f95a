import { type JsonValue, redact } from "./redact.ts";

/** How bad it is. */
export type LogLevel = "info" | "warn" | "error";

/** Where log lines go and what is written into each. */
export interface LogOptions {
  /** Takes one line without its line end. Default: `console.log`. */
  sink?: (line: string) => void;
  /** The time now. Default: the system's. */
  clock?: () => Date;
  /** The run a line belongs to; see `createRunId`. */
  runId?: string | null;
  /** Where the program runs, e.g. `"production"`. */
  environment?: string | null;
}

/**
 * Writes one JSON line: timestamp, level, event, the data, run_id, environment.
 *
 * Secrets are taken out of the data (see `redact`). Data can never replace `timestamp`, `level`, `event`,
 * `run_id` or `environment`: such a key is written as `data_<key>`. Never throws, not even when the sink does:
 * a log that fails must not fail the work it tells about.
 *
 * @param eventType the name of the event, e.g. `"credits_refunded"`
 * @param data what there is to say
 * @param level info, warn or error
 * @param options sink, clock, run id and environment
 * @example
 * ```ts
 * logEvent("credits_refunded", { job_id: jobId, amount: 4 });
 * // {"timestamp":"2026-11-22T10:00:00.000Z","level":"info","event":"credits_refunded","job_id":"…","amount":4}
 * ```
 */
export function logEvent(
  eventType: string,
  data: Record<string, unknown> = {},
  level: LogLevel = "info",
  options: LogOptions = {},
): void {
  try {
    const sink = options.sink ?? console.log;
    sink(JSON.stringify(logEntry(eventType, data, level, options)));
  } catch {
    // Nowhere is left to tell it.
  }
}

function logEntry(
  eventType: string,
  data: Record<string, unknown>,
  level: LogLevel,
  options: LogOptions,
): { [key: string]: JsonValue } {
  const head = {
    timestamp: (options.clock?.() ?? new Date()).toISOString(),
    level,
    event: eventType,
  };
  const tail: [string, JsonValue][] = [];
  if (options.runId != null) tail.push(["run_id", options.runId]);
  if (options.environment != null) tail.push(["environment", options.environment]);
  const reserved = new Set([...Object.keys(head), ...tail.map(([key]) => key)]);
  const clean = redact(data);
  const fields =
    typeof clean === "object" && clean !== null && !Array.isArray(clean) ? clean : { data: clean };
  const body = Object.entries(fields).map(([key, value]): [string, JsonValue] => [
    reserved.has(key) ? `data_${key}` : key,
    value,
  ]);
  return Object.fromEntries([...Object.entries(head), ...body, ...tail]);
}
