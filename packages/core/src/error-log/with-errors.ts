import { type DatabaseClient, toVidopsError } from "../database/index.ts";
import {
  builtInErrors,
  errorResponseOf,
  type MessageSet,
  type ResponseOptions,
  VidopsError,
} from "../errors/index.ts";
import { createRequestId, type Logger, logEvent } from "../logging/index.ts";
import { type RequestFacts, requestFacts } from "./describe-request.ts";
import { logError } from "./log-error.ts";

/** A function that answers a request, as Deno, Bun, Workers and most frameworks take it. */
export type FetchHandler<Args extends readonly unknown[]> = (
  request: Request,
  ...args: Args
) => Response | Promise<Response>;

/** How errors are answered and kept. */
export interface WithErrorsOptions<Args extends readonly unknown[] = readonly unknown[]>
  extends Pick<ResponseOptions, "cors" | "format" | "statusScheme" | "problemTypeBase" | "headers"> {
  /** A client with a secret key, to write `error_log`. Default: errors are only logged. */
  readonly db?: DatabaseClient | null | undefined;
  /** Codes and languages of the app, from `defineErrors`. Default: those of vidops. */
  readonly errors?: MessageSet | undefined;
  /** The name of the endpoint in the log, unless the handler tells another. Default: method and path. */
  readonly endpoint?: string | undefined;
  /** Takes one line for each error. Default: `logEvent`. */
  readonly log?: Logger | undefined;
  /** An id that a trusted proxy gave the request. Default: a new one. */
  readonly requestId?: ((request: Request) => string | null) | undefined;
  /**
   * Keeps the runtime alive until the log is written: `(work) => EdgeRuntime.waitUntil(work)` on Supabase,
   * `(work, _request, _env, ctx) => ctx.waitUntil(work)` on Workers. A server that stays up needs none.
   */
  readonly waitUntil?: ((work: Promise<unknown>, request: Request, ...args: Args) => void) | undefined;
  /** Which errors are written to `error_log`. Default: all but a client that went away. */
  readonly record?: ((error: VidopsError) => boolean) | undefined;
  /** True to take email addresses out of the log too. Default: false. */
  readonly redactEmails?: boolean | undefined;
}

/**
 * Wraps a handler so that whatever it throws becomes one answer that the user understands: mapped to a code, written in
 * the user's language, with a request id under which the log line and the row of `error_log` tell operators the rest.
 * The answer does not wait for the log, and a log that fails does not change it. A thrown `Response` is returned.
 *
 * @param handler answers the request; `describeRequest` lets it say who asks
 * @param options where errors are kept, and how they are answered
 * @returns a handler that never rejects
 * @example
 * ```ts
 * Deno.serve(
 *   withErrors(
 *     async (request) => {
 *       const { userId, model } = await readOrder(request);
 *       await deductCredits(db, { userId, amount: model.cost });
 *       return Response.json({ started: true });
 *     },
 *     { db, waitUntil: (work) => EdgeRuntime.waitUntil(work) },
 *   ),
 * );
 * ```
 */
export function withErrors<Args extends readonly unknown[]>(
  handler: FetchHandler<Args>,
  options: WithErrorsOptions<Args> = {},
): (request: Request, ...args: Args) => Promise<Response> {
  return async (request, ...args) => {
    try {
      const response = await handler(request, ...args);
      if (isResponse(response)) return response;
      throw new VidopsError({
        code: "ERR_6003",
        reason: "no_response",
        message: `The handler returned ${response === null ? "null" : `a value of type ${typeof response}`} instead of a Response.`,
      });
    } catch (thrown) {
      if (isResponse(thrown)) return thrown;
      return answer(thrown, request, args, options);
    }
  };
}

function answer<Args extends readonly unknown[]>(
  thrown: unknown,
  request: Request,
  args: Args,
  options: WithErrorsOptions<Args>,
): Response {
  const error = toVidopsError(thrown);
  const requestId = attempt(() => options.requestId?.(request)) || createRequestId();
  const facts = requestFacts(request);
  const log = options.log ?? logEvent;
  const response = respond(error, request, requestId, facts, options);
  const failure: Failure = {
    error,
    requestId,
    userId: facts.userId ?? null,
    language: response.headers.get("content-language"),
    status: response.status,
    endpoint: facts.endpoint ?? options.endpoint ?? endpointOf(request),
    requestData: requestDataOf(request, facts.requestData),
  };
  attempt(() => log("request_failed", lineOf(failure), error.code.startsWith("ERR_4") ? "warn" : "error"));
  attempt(() => {
    const left = error.reason === "aborted" && request.signal?.aborted === true;
    if (options.db == null || !(attempt(() => options.record?.(error)) ?? !left)) return;
    const work = keep(options.db, failure, log, options.redactEmails);
    options.waitUntil?.(work, request, ...args);
  });
  return response;
}

/** One failed request, as the log tells it. */
interface Failure {
  readonly error: VidopsError;
  readonly requestId: string;
  readonly userId: string | null;
  readonly language: string | null;
  readonly status: number;
  readonly endpoint: string;
  readonly requestData: unknown;
}

function respond<Args extends readonly unknown[]>(
  error: VidopsError,
  request: Request,
  requestId: string,
  facts: RequestFacts,
  { errors = builtInErrors, log, ...options }: WithErrorsOptions<Args>,
): Response {
  const { cors, format, statusScheme, problemTypeBase, headers } = options;
  const known = Object.hasOwn(errors.codes, error.code);
  const make = (code: string, variables: unknown): Response =>
    errorResponseOf(errors, {
      code,
      variables,
      language: facts.language,
      request,
      requestId,
      retryAfter: retryAfterOf(error),
      details: publicDetails(error),
      // Whatever is wrong with an error's variables, this user needs an answer; the log line tells the programmer.
      strict: false,
      log,
      cors,
      format,
      statusScheme,
      problemTypeBase,
      headers,
    });
  return (
    attempt(() => make(known ? error.code : "ERR_6003", variablesOf(error))) ??
    // A language file or header of the app that breaks the builder: the plainest answer is left.
    new Response(
      JSON.stringify({
        error: { code: "ERR_6003", message: builtInErrors.messages.en.ERR_6003, request_id: requestId },
      }),
      { status: 500, headers: { "content-type": "application/json", "x-request-id": requestId } },
    )
  );
}

/** A gateway that refuses for too many requests does not always say for how long; a minute is what they use. */
function variablesOf({ code, variables }: VidopsError): unknown {
  return code === "ERR_4004" && typeof variables?.seconds !== "number"
    ? { ...variables, seconds: 60 }
    : variables;
}

function retryAfterOf({ details }: VidopsError): number | null {
  return typeof details?.retry_after === "number" ? details.retry_after : null;
}

/** What a client's program may know: what the message says anyway, and which field of its own input is wrong. */
function publicDetails({ code, variables, details }: VidopsError): unknown {
  const fields = code === "ERR_4008" ? { field: details?.field, fields: details?.fields } : {};
  const shown = Object.entries({ ...variables, ...fields }).filter(([, value]) => value != null);
  return shown.length === 0 ? undefined : Object.fromEntries(shown);
}

function lineOf({ error, requestId, userId, endpoint, status }: Failure): Record<string, unknown> {
  return { request_id: requestId, code: error.code, endpoint, status, user_id: userId, error };
}

function keep(
  db: DatabaseClient,
  failure: Failure,
  log: Logger,
  redactEmails: boolean | undefined,
): Promise<unknown> {
  const { error, ...entry } = failure;
  return logError(
    db,
    { ...entry, code: error.code, details: error },
    { log, redactEmails: redactEmails ?? false },
  );
}

function endpointOf(request: Request): string {
  const path = attempt(() => new URL(request.url).pathname) ?? "unknown";
  return `${request.method ?? "?"} ${path}`.slice(0, 300);
}

function requestDataOf(request: Request, told: unknown): Record<string, unknown> {
  const query = attempt(() => Object.fromEntries(new URL(request.url).searchParams)) ?? {};
  return { ...(Object.keys(query).length > 0 && { query }), ...(told !== undefined && { input: told }) };
}

/** Of any realm and any polyfill. */
function isResponse(value: unknown): value is Response {
  return (
    attempt(
      () => value instanceof Response || Object.prototype.toString.call(value) === "[object Response]",
    ) ?? false
  );
}

/** What a function returns, or undefined when it throws: on the way to an answer nothing may stop it. */
function attempt<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch {
    return undefined;
  }
}
