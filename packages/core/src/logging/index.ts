export { type LogLevel, type LogOptions, logEvent } from "./log-event.ts";
export { createLogger, type Logger, logSafely } from "./logger.ts";
export { type JsonValue, redact } from "./redact.ts";
export { type RedactOptions, redactText } from "./redact-text.ts";
export { createRequestId, createRunId } from "./run-id.ts";
