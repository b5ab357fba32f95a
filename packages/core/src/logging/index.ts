export { type LogLevel, type LogOptions, logEvent } from "./log-event.ts";
export { createLogger, type Logger } from "./logger.ts";
export { type JsonValue, redact, redactText } from "./redact.ts";
export { createRunId } from "./run-id.ts";
