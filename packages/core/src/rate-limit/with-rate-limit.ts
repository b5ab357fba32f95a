import { toVidopsError } from "../database/index.ts";
import { builtInErrors, type CatalogueRow, VidopsError, validationError } from "../errors/index.ts";
import { type Logger, logSafely } from "../logging/index.ts";
import type { RateLimitDecision } from "./decision.ts";
import type { EndpointConfig, RateLimitConfig, RateLimitsConfig } from "./judged-request.ts";
import { withLimitHeaders } from "./limit-headers.ts";
import { denialResponse, type RefusalOptions, refusalResponse } from "./refusal-response.ts";
import type { SettledReservation } from "./store.ts";

/** A function that answers a request, as Deno, Bun, Workers and most frameworks take it. */
export type FetchHandler<Args extends readonly unknown[]> = (
  request: Request,
  ...args: Args
) => Response | Promise<Response>;

/** How requests of a handler are limited, and how refusals are answered. */
export type LimitedHandlerOptions<Args extends readonly unknown[] = readonly unknown[]> = EndpointConfig &
  RefusalOptions<Args> & {
    /**
     * The user that the request's token names, or null. Needed by limits per user, which then answer a request without one
     * with ERR_4005.
     */
    readonly userId?:
      | ((request: Request, ...args: Args) => string | null | Promise<string | null>)
      | undefined;
    /**
     * With `reserve`: whether an answer gives the slot back. Default: statuses from 500. An error that the handler throws
     * gives it back when `withErrors` would answer it with such a status.
     */
    readonly giveBack?: ((response: Response) => boolean) | undefined;
    /**
     * With `reserve`: keeps the runtime alive until a slot is given back, as in `withErrors`. Without it the answer waits for
     * that, one request to the store; a server that stays up gives `() => {}`.
     */
    readonly waitUntil?: ((work: Promise<unknown>, request: Request, ...args: Args) => void) | undefined;
    /**
     * What a browser's CORS preflight is. `count` (default): a request as any other. `pass`: the handler gets it uncounted, bare
     * of body and credentials. Only for a handler that answers OPTIONS and does nothing else for it: one that does its work
     * whatever the method could be made to do it without limit.
     */
    readonly preflights?: "count" | "pass" | undefined;
  };

/** What of a limiter is used here. */
interface LimiterCalls {
  check(req: Request, config: RateLimitConfig | RateLimitsConfig): Promise<RateLimitDecision>;
  release(
    reservation: string,
    waiting: { readonly timeoutMs?: number | undefined },
  ): Promise<SettledReservation>;
}

/** Puts a limiter's judgement before a handler; `withRateLimit` says what that means. */
export function limitHandler<Args extends readonly unknown[]>(
  limiter: LimiterCalls,
  handler: FetchHandler<Args>,
  options: LimitedHandlerOptions<Args>,
  log: Logger,
): (request: Request, ...args: Args) => Promise<Response> {
  const { userId: userIdOf, preflights = "count", ...config } = options;
  const perUser = "limits" in config && config.limits.some(({ per }) => per === "user");
  if (perUser && userIdOf === undefined)
    throw validationError(
      "userId",
      "is missing, and a limit is per user",
      "Give a function that reads the token.",
    );

  return async (request, ...args) => {
    if (preflights === "pass" && isPreflight(request)) return handler(bare(request), ...args);
    const refused = { request, args, options, log };
    const userId = (await userIdOf?.(request, ...args)) ?? null;
    let decision: RateLimitDecision;
    try {
      if (perUser && userId === null) throw userUnknown();
      decision = await limiter.check(request, { ...config, userId });
    } catch (thrown) {
      return refusalResponse(thrown, refused);
    }
    if (!decision.allowed) return denialResponse(decision, refused);

    const { reservation } = decision;
    /** Nothing that goes wrong here changes the answer. */
    const settle = async (failed: () => boolean): Promise<void> => {
      const tell = (error: unknown): void =>
        logSafely(log, "rate_limit_release_failed", { action: config.action, reservation, error }, "warn");
      try {
        if (reservation === null || !failed()) return;
        const work = limiter.release(reservation, { timeoutMs: config.timeoutMs }).catch(tell);
        if (options.waitUntil === undefined) await work;
        else options.waitUntil(work, request, ...args);
      } catch (error) {
        tell(error);
      }
    };
    let response: Response;
    try {
      response = await handler(request, ...args);
    } catch (thrown) {
      await settle(() => isOurFailure(thrown, options) && !hasLeft(request));
      throw thrown;
    }
    await settle(() => givesBack(response, options) && !hasLeft(request));
    return withLimitHeaders(response, decision, options.limitHeaders);
  };
}

/** A browser's question before the request proper. */
function isPreflight({ method, headers }: Request): boolean {
  return method === "OPTIONS" && headers.has("origin") && headers.has("access-control-request-method");
}

/**
 * A preflight as browsers send it: without a body and credentials, which who only calls his request OPTIONS would have a
 * careless handler work with. (Deno gives every OPTIONS a body, so that one is there tells nothing.)
 */
function bare({ url, headers }: Request): Request {
  const kept = [...headers].filter(
    ([name]) => name === "origin" || name.startsWith("access-control-request-"),
  );
  return new Request(url, { method: "OPTIONS", headers: kept });
}

/** No answer, and `Response.error()`, are failures as an answer of 500 is, which `withErrors` makes of them. */
function givesBack<Args extends readonly unknown[]>(
  response: Response | null | undefined,
  { giveBack = ({ status }) => status === 0 || status >= 500 }: LimitedHandlerOptions<Args>,
): boolean {
  return response == null || giveBack(response);
}

/** A client that went away keeps its slot: its work may go on elsewhere, and it could go away each time. */
function hasLeft(request: Request): boolean {
  return request.signal?.aborted === true;
}

/** True when the work failed by no doing of the client's. Bad input keeps its slot, or it could be sent without end. */
function isOurFailure<Args extends readonly unknown[]>(
  thrown: unknown,
  options: LimitedHandlerOptions<Args>,
): boolean {
  if (thrown instanceof Response) return givesBack(thrown, options);
  const codes: Readonly<Record<string, CatalogueRow>> = (options.errors ?? builtInErrors).codes;
  return (codes[toVidopsError(thrown).code]?.status ?? 500) >= 500;
}

function userUnknown(): VidopsError {
  return new VidopsError({
    code: "ERR_4005",
    reason: "user_unknown",
    message: "The request names no user, and a limit is per user.",
    hint: "Send the access token of a signed-in user.",
  });
}
