import type { ErrorCode } from "../errors/index.ts";
import { redactText } from "../logging/index.ts";
import { databaseFaults } from "./fault-table.ts";

/** Whether a call may change something. It decides what a lost answer means. */
export type Effect = "read" | "write";

/** What went wrong with one request, before it is an error. */
export interface Fault {
  code: ErrorCode;
  reason: string;
  message: string;
  hint: string | null;
  retryable: boolean;
  details: Record<string, unknown> | null;
}

/** An error body, as far as it can be relied upon. */
export interface ErrorBody {
  code?: unknown;
  message?: unknown;
}

/**
 * Says what an answer that is an error means.
 *
 * @param status the HTTP status, 200 to 599
 * @param body the error body; without `code` and `message` as PostgREST writes them it is somebody else's
 * @param effect whether the request may have changed something
 * @returns what to throw
 * @example
 * ```ts
 * answerFault(404, { code: "PGRST202", message: "…" }, "write").code; // "ERR_6004"
 * ```
 */
export function answerFault(status: number, body: ErrorBody, effect: Effect): Fault {
  const { code, message } = body;
  if (typeof code !== "string" || typeof message !== "string" || !/^(?:PGRST\w+|[0-9A-Z]{5})$/.test(code)) {
    return foreignFault(status, body, effect);
  }
  const row = databaseFaults.find(([pattern]) => pattern.test(code));
  const details = { status, database_code: code };
  switch (row?.[1]) {
    case "schema_outdated":
      return fault(
        "ERR_6004",
        "schema_outdated",
        "The database lacks a table or function that vidops needs.",
        {
          hint: "Apply supabase/migrations to the database, then run `vidops doctor`.",
          details: { ...details, database_message: quote(message) },
        },
      );
    case "forbidden":
      return fault("ERR_4006", "forbidden", sentence(message), {
        hint: "Use a key or account that may do this; `vidops whoami` shows which one is used.",
        details,
      });
    case "unauthorized":
      return unauthorized(/expired/i.test(message) ? "token_expired" : "invalid_key", details);
    case "invalid":
      return fault("ERR_4008", row?.[2] ?? "validation_failed", sentence(message), { details });
    case "conflict":
      return fault("ERR_4009", row?.[2] ?? "conflict", sentence(message), { details });
    case "not_found":
      return fault("ERR_4007", row?.[2] ?? "not_found", "The database has no such row.", { details });
    case "nothing_ran":
      return fault(
        "ERR_6005",
        "database_unreachable",
        "The Data API cannot reach its database; nothing was done.",
        {
          hint: "Try again in a moment.",
          retryable: true,
          details,
        },
      );
    case "rolled_back":
      return fault(
        "ERR_6005",
        row?.[2] ?? "rolled_back",
        "The database was too busy and undid the request.",
        {
          hint: "Nothing was changed. Try again in a moment.",
          retryable: true,
          details,
        },
      );
    case "lost":
      return lostFault("connection_lost", effect, details);
    default:
      return fault("ERR_6001", row?.[2] ?? "database_error", `The database reported an error (${code}).`, {
        details: { ...details, database_message: quote(message) },
      });
  }
}

/**
 * Says what a lost answer means: on a write nobody can tell whether it happened, on a read nothing is at stake.
 *
 * @param reason machine name, e.g. `"timeout"`
 * @param effect whether the request may have changed something
 * @param details facts for a program
 * @returns what to throw
 * @example
 * ```ts
 * lostFault("timeout", "write").code; // "ERR_6006"
 * ```
 */
export function lostFault(
  reason: string,
  effect: Effect,
  details: Record<string, unknown> | null = null,
): Fault {
  if (effect === "write") {
    return fault(
      "ERR_6006",
      reason,
      "The request was sent, but its answer was lost: it may or may not have been done.",
      {
        hint: "Look whether it was done before doing it again.",
        details,
      },
    );
  }
  return fault("ERR_6005", reason, "The database did not answer; nothing was changed.", {
    hint: "Try again in a moment.",
    retryable: true,
    details,
  });
}

/**
 * Says that what answered is no Supabase Data API.
 *
 * @param status the HTTP status
 * @param excerpt the start of the body, for `details` only
 * @returns what to throw
 * @example
 * ```ts
 * notSupabaseFault(200, "<!doctype html>…").code; // "ERR_6007"
 * ```
 */
export function notSupabaseFault(status: number, excerpt: string): Fault {
  return fault("ERR_6007", "not_supabase", `What answered is not a Supabase Data API (HTTP ${status}).`, {
    hint:
      status >= 300 && status < 400
        ? "The URL redirects elsewhere, which is not followed. Give the final https URL of the project."
        : "Check the project's URL.",
    details: { status, body: quote(excerpt) },
  });
}

function foreignFault(status: number, body: ErrorBody, effect: Effect): Fault {
  const text = typeof body.message === "string" ? body.message : safeJson(body);
  const details = { status, body: quote(text) };
  if (status === 401) return unauthorized(/expired/i.test(text) ? "token_expired" : "invalid_key", details);
  if (status === 403) {
    return fault("ERR_4006", "forbidden", "The gateway in front of the database refused the request.", {
      details,
    });
  }
  if (status === 429) {
    return fault(
      "ERR_4004",
      "rate_limited",
      "The gateway in front of the database limits requests; nothing was done.",
      {
        hint: "Try again in a minute.",
        retryable: true,
        details,
      },
    );
  }
  if (status === 540) {
    return fault("ERR_6005", "project_paused", "The Supabase project is paused; nothing was done.", {
      hint: "Resume it in the Supabase dashboard.",
      details,
    });
  }
  if (status >= 500 || status === 408) return lostFault("bad_gateway", effect, details);
  return notSupabaseFault(status, text);
}

/** Says that a key or token was not accepted. */
export function unauthorized(
  reason: "invalid_key" | "token_expired",
  details: Record<string, unknown>,
): Fault {
  return reason === "token_expired"
    ? fault("ERR_4005", reason, "The access token has expired.", { hint: "Sign in again.", details })
    : fault("ERR_4005", reason, "The key or token was not accepted.", {
        hint: "Check that the key belongs to this project's URL and was not revoked.",
        details,
      });
}

/** Puts a fault together, with what is left out filled in. */
export function fault(
  code: ErrorCode,
  reason: string,
  message: string,
  more: { hint?: string; retryable?: boolean; details?: Record<string, unknown> | null },
): Fault {
  return {
    code,
    reason,
    message,
    hint: more.hint ?? null,
    retryable: more.retryable ?? false,
    details: more.details ?? null,
  };
}

/** Text from outside, fit for `details`: short, on one line, without secrets and control characters. */
export function quote(text: string): string {
  const plain = redactText(text)
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\s]+/gu, " ")
    .trim();
  return plain.length > 200 ? `${plain.slice(0, 199)}…` : plain;
}

/** A message from outside as one sentence for an operator. */
export function sentence(message: string): string {
  const text = quote(message);
  return /[.!?…]$/.test(text) ? text : `${text}.`;
}

function safeJson(value: unknown): string {
  return JSON.stringify(value) ?? "";
}
