/** What is known of a request beside what it says itself. */
export interface RequestFacts {
  /** The user that the token names; never one that the body names. */
  readonly userId?: string | null | undefined;
  /** The language of the user's profile; it beats Accept-Language. */
  readonly language?: string | null | undefined;
  /** What is worth knowing of the input; secrets are taken out of it. */
  readonly requestData?: unknown;
  /** The name of the endpoint in the log. Default: method and path. */
  readonly endpoint?: string | null | undefined;
}

const factsOf = new WeakMap<object, RequestFacts>();

/**
 * Tells `withErrors` more about a request, as soon as a handler knows it: an error that is thrown later is answered in
 * the user's language, and logged with the user and the input. What was told before stays, unless it is told anew.
 *
 * @param request the request that the handler was given
 * @param facts user, language, input, endpoint
 * @example
 * ```ts
 * const user = await requireUser(request);
 * describeRequest(request, { userId: user.id, language: user.language });
 * ```
 */
export function describeRequest(request: Request, facts: RequestFacts): void {
  factsOf.set(request, { ...factsOf.get(request), ...facts });
}

/** What was told about a request. */
export function requestFacts(request: object): RequestFacts {
  return factsOf.get(request) ?? {};
}
