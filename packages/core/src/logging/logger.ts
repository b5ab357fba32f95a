import { type LogLevel, type LogOptions, logEvent } from "./log-event.ts";

/** `logEvent` with its options given once. */
export type Logger = (eventType: string, data?: Record<string, unknown>, level?: LogLevel) => void;

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
