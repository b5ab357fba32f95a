import type { LimitState } from "@vidops/core/rate-limit";
import { shown } from "../../arguments.ts";
import { usageError } from "../../command-error.ts";
import { formatDuration } from "../../durations.ts";

/**
 * A limit as people say it.
 * @example limitWords(10, 3600) // "10 per 1h"
 */
export function limitWords(requests: number, windowSeconds: number): string {
  return `${requests} per ${formatDuration(windowSeconds)}`;
}

/**
 * Reads an action: 1 to 100 characters.
 * @throws CommandError exit 2.
 */
export function parseAction(text: string, name: string = "The action"): string {
  const action = text.trim();
  if (action === "") throw usageError(`${name} is blank.`, "`vidops limits list` names those with rules.");
  const { length } = [...action];
  if (length > 100) throw usageError(`${name} is ${length} characters long; at most 100 are taken.`);
  if (action.includes("\0") || !action.isWellFormed())
    throw usageError(`${name} holds characters that no action has: ${shown(action)}.`);
  return action;
}

/**
 * A wait as people say it, rounded up to the second.
 * @example waitWords(3_725_000) // "1h 2m"
 */
export function waitWords(milliseconds: number): string {
  const seconds = Math.ceil(milliseconds / 1000);
  if (seconds <= 0) return "now";
  const parts = [
    [Math.floor(seconds / 86_400), "d"],
    [Math.floor(seconds / 3_600) % 24, "h"],
    [Math.floor(seconds / 60) % 60, "m"],
    [seconds % 60, "s"],
  ] as const;
  const first = parts.findIndex(([amount]) => amount > 0);
  return parts
    .slice(first, first + 2)
    .filter(([amount]) => amount > 0)
    .map(([amount, unit]) => `${amount}${unit}`)
    .join(" ");
}

/** A state as JSON data and as a row for csv and ndjson. */
export function stateRow(state: LimitState): {
  name: string;
  per: string;
  subject: string | null;
  used: number;
  limit: number;
  window_seconds: number;
  remaining: number;
  allowed: boolean;
  retry_after_ms: number;
  reset_at: string;
} {
  return {
    name: state.name,
    per: state.per,
    subject: state.subject,
    used: state.limit - state.remaining,
    limit: state.limit,
    window_seconds: state.windowSeconds,
    remaining: state.remaining,
    allowed: state.allowed,
    retry_after_ms: state.retryAfterMs,
    reset_at: state.resetAt,
  };
}
