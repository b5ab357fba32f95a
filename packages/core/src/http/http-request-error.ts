import { VidopsError, type VidopsErrorInit } from "../errors/index.ts";
import type { Attempt } from "./attempt.ts";
import type { Sent } from "./network-failure.ts";

/**
 * A request that ended without a response. `details.idempotency_key` is the key that was made for it: with the same key it is
 * done at most once, and a new call would get another. `cause` and the errors in `attempts` are what the runtime threw: Deno and Bun quote
 * the whole URL there, so `redact` them before they go to a log, as `logEvent` does.
 */
export class HttpRequestError extends VidopsError {
  /** Every attempt in order: status or error, duration and wait in ms. */
  readonly attempts: readonly Attempt[];
  /** `not_sent` when no attempt can have reached the server. */
  readonly sent: Sent;

  constructor(init: VidopsErrorInit & { readonly attempts: readonly Attempt[]; readonly sent: Sent }) {
    super(init);
    this.name = "HttpRequestError";
    this.attempts = init.attempts;
    this.sent = init.sent;
  }
}
