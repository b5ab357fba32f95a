import { type DatabaseClient, toVidopsError } from "../database/index.ts";
import {
  builtInErrors,
  cleanRequestId,
  errorResponseOf,
  type MessageSet,
  type ResponseOptions,
  VidopsError,
} from "../errors/index.ts";
import { createRequestId, type Logger, logEvent, logSafely, redact } from "../logging/index.ts";
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
  /** Takes one line for each error, with the error as it was thrown. Default: `logEvent`, which takes secrets out. */
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
  /** True to take email addresses out of the log line and of `error_log` too. Default: false. */
  readonly redactEmails?: boolean | undefined;
}

/**
 * Wraps a handler so that whatever it throws becomes one answer that the user understands: mapped to a code, written in
 * the user's language, with a request id under which the log line and the row of `error_log` tell operators the rest.
 * The answer does not wait for the log, and a log that fails does not change it. A thrown `Response` is returned. What zod
 * throws is taken for the caller's bad input: read answers of others with `safeParse`.
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
      return usable(await handler(request, ...args));
    } catch (thrown) {
      if (isResponse(thrown) && isUsable(thrown)) return thrown;
      return attempt(() => answer(thrown, request, args, options)) ?? plainAnswer(createRequestId());
    }
  };
}

function usable(returned: Response): Response {
  if (isResponse(returned) && isUsable(returned)) return returned;
  const what = returned === null ? "null" : `a value of type ${typeof returned}`;
  throw new VidopsError({
    code: "ERR_6003",
    reason: isResponse(returned) ? "unusable_response" : "no_response",
    message: isResponse(returned)
      ? "The handler's Response cannot be sent: its body was read, or it is Response.error()."
      : `The handler returned ${what} instead of a Response.`,
  });
}

function answer<Args extends readonly unknown[]>(
  thrown: unknown,
  request: Request,
  args: Args,
  options: WithErrorsOptions<Args>,
): Response {
  const error = toVidopsError(thrown);
  const requestId = cleanRequestId(attempt(() => options.requestId?.(request))) ?? createRequestId();
  const facts = attempt(() => requestFacts(request)) ?? {};
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
  const log = options.log ?? logEvent;
  logSafely(log, "request_failed", lineOf(failure, options), response.status < 500 ? "warn" : "error");
  const left = error.reason === "aborted" && attempt(() => request.signal.aborted) === true;
  if (options.db != null && (attempt(() => options.record?.(error)) ?? !left)) {
    const work = keep(options.db, failure, log, options.redactEmails);
    attempt(() => options.waitUntil?.(work, request, ...args));
  }
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
      details: publicDetails(error, errors),
      // Whatever is wrong with an error's variables, this user needs an answer; the log line tells the programmer.
      strict: false,
      log,
      cors,
      format,
      statusScheme,
      problemTypeBase,
      headers,
    });
  // A header of the app that cannot be sent, for one: the plainest answer is left.
  return attempt(() => make(known ? error.code : "ERR_6003", variablesOf(error))) ?? plainAnswer(requestId);
}

function plainAnswer(requestId: string): Response {
  const { ERR_6003 } = builtInErrors.messages.en;
  const body = { error: { code: "ERR_6003", message: ERR_6003, request_id: requestId } };
  return Response.json(body, { status: 500, headers: { "x-request-id": requestId } });
}

/** Who refuses for too many requests does not always say for how long; a minute is what gateways use. */
function variablesOf({ code, variables, details }: VidopsError): unknown {
  if (code !== "ERR_4004" || variables?.seconds != null) return variables;
  return { ...variables, seconds: details?.retry_after ?? 60 };
}

function retryAfterOf({ details }: VidopsError): number | null {
  return typeof details?.retry_after === "number" ? details.retry_after : null;
}

/**
 * Which field of its own input is wrong and how, which request waits for another admin, which act was done before, what a model
 * costs now, which job it is.
 */
const publicFacts: Readonly<Record<string, readonly string[]>> = {
  ERR_4003: ["field", "fault", "hint"],
  ERR_4008: ["field", "fields", "fault", "hint"],
  ERR_4009: ["action_id", "required_credits", "handed_over_to"],
  ERR_4011: ["job_id"],
  ERR_4015: ["approval_id", "expires_at"],
  ERR_5001: ["job_id", "credits_remaining"],
  ERR_5002: ["job_id", "credits_remaining"],
  ERR_5003: ["job_id", "credits_remaining"],
};

/** What a client's program may know: what the message says anyway, and the facts of its code. */
function publicDetails({ code, reason, variables, details }: VidopsError, { codes }: MessageSet): unknown {
  const said = Object.keys(codes[code]?.variables ?? {}).map((name) => [name, variables?.[name]] as const);
  const facts = (publicFacts[code] ?? []).map((name) => [name, details?.[name]] as const);
  // One code stands for many conflicts, and what is to be done differs: take today's price, or sign in to the other account. What the
  // database itself calls them is nobody's business.
  const ours = code === "ERR_4009" && details?.database_code === undefined;
  const which = ours ? [["reason", reason] as const] : [];
  const shown = [...said, ...facts, ...which].filter(([, value]) => value != null);
  return shown.length === 0 ? undefined : Object.fromEntries(shown);
}

function lineOf<Args extends readonly unknown[]>(
  { error, requestId, userId, endpoint, status }: Failure,
  { redactEmails }: WithErrorsOptions<Args>,
): Record<string, unknown> {
  const shown = redactEmails === true ? redact(error, { emails: true }) : error;
  return { request_id: requestId, code: error.code, endpoint, status, user_id: userId, error: shown };
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
  const method = attempt(() => request.method) ?? "?";
  const path = attempt(() => new URL(request.url).pathname) ?? "unknown";
  return `${method} ${path}`.slice(0, 300);
}

/** What is secret in a query is often named by one short word, which elsewhere is not. */
const SECRET_PARAMETER = /^(?:key|code|state|otp|pin|auth|sig|signature|session|sid|x-amz-.*)$/i;

function requestDataOf(request: Request, told: unknown): Record<string, unknown> {
  const parameters = attempt(() => [...new URL(request.url).searchParams]) ?? [];
  const query = parameters.map(([name, value]) => [name, SECRET_PARAMETER.test(name) ? "[redacted]" : value]);
  return {
    ...(query.length > 0 && { query: Object.fromEntries(query) }),
    ...(told !== undefined && { input: told }),
  };
}

/** Of any realm and any polyfill. */
function isResponse(value: unknown): value is Response {
  return (
    attempt(
      () => value instanceof Response || Object.prototype.toString.call(value) === "[object Response]",
    ) ?? false
  );
}

/** False when nobody could read it: its body is gone, or it is `Response.error()`, or only looks like a Response. */
function isUsable(response: Response): boolean {
  return attempt(() => response.status > 0 && !response.bodyUsed && response.body?.locked !== true) ?? false;
}

/**
 * What a function returns, or undefined when it throws: on the way to an answer nothing may stop it. What it rejects
 * with is dropped too, since a rejection that nobody takes ends a Node process.
 */
function attempt<T>(work: () => T): T | undefined {
  try {
    const result = work();
    if (result instanceof Promise) result.catch(() => {});
    return result;
  } catch {
    return undefined;
  }
}
