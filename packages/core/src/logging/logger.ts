import { type LogLevel, type LogOptions, logEvent } from "./log-event.ts";

/** `logEvent` with its options given once. */
export type Logger = (eventType: string, data?: Record<string, unknown>, level?: LogLevel) => void;

/**
 * Writes a line with a log that somebody else wrote: what it throws, or rejects with, goes nowhere, since a log that fails
 * must not fail the work it tells about, and a rejection that nobody takes ends a Node process.
 *
 * @param log the log
 * @param line event, data and level
 * @example
 * ```ts
 * logSafely(options.log, "request_failed", { request_id: requestId }, "error");
 * ```
 */
export function logSafely(log: Logger, ...line: Parameters<Logger>): void {
  try {
    const written: unknown = log(...line);
    if (written instanceof Promise) written.catch(() => {});
  } catch {
    // Nowhere is left to tell it.
  }
}

/**
 * Binds `logEvent` to a sink, a clock, a run and an environment.
 *
 * @param options as for `logEvent`
 * @returns a function that writes one line
 * @example
 * ```ts
 * const log = createLogger({ runId: createRunId(), environment: "production" });
 * log("cleanup_started", { targets: ["errors"] });
 * ```
 */
export function createLogger(options: LogOptions = {}): Logger {
  return (eventType, data = {}, level = "info") => logEvent(eventType, data, level, options);
}
