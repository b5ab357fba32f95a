import { redactText } from "@vidops/core/logging";
import { type Document, fields, line, toned } from "./document.ts";

/** An error as the outside sees it. */
export interface ErrorDescription {
  readonly json: {
    readonly code: string;
    readonly reason: string;
    readonly message: string;
    readonly hint: string | null;
    readonly retryable: boolean;
    readonly [more: string]: unknown;
  };
  readonly meta: Readonly<Record<string, unknown>>;
}

interface ReportedError extends Error {
  readonly code: string;
  readonly reason: string;
  readonly hint: string | null;
  readonly retryable: boolean;
  readonly details: Readonly<Record<string, unknown>> | null;
}

/**
 * Any thrown thing as code, message, hint and retryable. Errors of the domain and of the CLI keep theirs; all
 * else is `CLI_UNEXPECTED`, whose stack shows with --verbose only.
 * @param hintFor what a hint becomes: its commands are to be about the project of this one.
 */
export function describeError(
  error: unknown,
  hintFor: (hint: string) => string = (hint) => hint,
): ErrorDescription {
  if (isReported(error)) {
    const { settle_command, ...details } = error.details ?? {};
    return {
      json: {
        code: error.code,
        reason: error.reason,
        message: error.message,
        hint: error.hint === null ? null : hintFor(error.hint),
        retryable: error.retryable,
        details: Object.keys(details).length > 0 ? details : null,
        ...(settle_command === undefined ? {} : { settle_command }),
      },
      meta: {},
    };
  }
  const message = error instanceof Error ? error.message : String(error);
  return {
    json: {
      code: "CLI_UNEXPECTED",
      reason: "unexpected",
      message: redactText(`Unexpected error: ${message}`),
      hint: "Run it again with --verbose to see where it happened.",
      retryable: false,
      details: null,
    },
    meta: {},
  };
}

/** The same as text for stderr. */
export function errorDocument({ json }: ErrorDescription): Document {
  const hints = json.hint === null ? [] : json.hint.split("\n");
  return [
    line(toned(`error: ${json.message}`, "bad")),
    ...hints.map((hint) => line(`  ${hint}`)),
    fields([["code", toned(`${json.code} ${json.reason}`, "quiet")]]),
  ];
}

function isReported(error: unknown): error is ReportedError {
  return (
    error instanceof Error &&
    "code" in error &&
    typeof error.code === "string" &&
    "reason" in error &&
    "retryable" in error
  );
}
