/** What every call takes. */
export interface CallOptions {
  /**
   * Ends the call at once, with the signal's reason. What the server has begun by then goes on: an order that may be aborted needs
   * an `idempotencyKey` of the app's own to be repeated.
   */
  readonly signal?: AbortSignal | undefined;
  /** How long the call may take with all its attempts, in milliseconds. Default 60 000; to generate, 120 000. */
  readonly timeout?: number | undefined;
  /** How often it is sent again when that can help and cannot do anything twice. Default 3. */
  readonly maxRetries?: number | undefined;
  /** More request headers, but for those of the client itself. A page of another origin may send only those that the server allows. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
}

/** What calls take that do a thing once for each key. */
export interface KeyedCallOptions extends CallOptions {
  /** A UUID that was kept before, to repeat an order whose answer was lost. Default: a new one. */
  readonly idempotencyKey?: string | undefined;
}
