import {
  builtInErrors,
  errorResponseOf,
  isValidationError,
  isVidopsError,
  type MessageSet,
  type ResponseOptions,
} from "../errors/index.ts";
import { createRequestId, type Logger } from "../logging/index.ts";
import { misconfigured } from "./ask-store.ts";
import type { Denied } from "./decision.ts";
import { type RateLimitHeaderOptions, rateLimitHeaderNames, rateLimitHeaders } from "./headers.ts";

/** How requests that do not reach the handler are answered; most of it is as in `withErrors`. */
export interface RefusalOptions<Args extends readonly unknown[]>
  extends Pick<ResponseOptions, "cors" | "format" | "statusScheme" | "problemTypeBase" | "headers"> {
  /** Codes and languages of the app, from `defineErrors`. Default: those of vidops. */
  readonly errors?: MessageSet | undefined;
  /** The language of the user's profile, asked for refusals only; it beats Accept-Language. */
  readonly language?:
    | ((request: Request, ...args: Args) => string | null | Promise<string | null>)
    | undefined;
  /** What clients are told about their limits. */
  readonly limitHeaders?: RateLimitHeaderOptions | undefined;
}

/** Who is answered, and how. */
export interface RefusedRequest<Args extends readonly unknown[]> {
  readonly request: Request;
  readonly args: Args;
  readonly options: RefusalOptions<Args>;
  readonly log: Logger;
}

/** The answer to a request that is over a limit. */
export function denialResponse<Args extends readonly unknown[]>(
  decision: Denied,
  refused: RefusedRequest<Args>,
): Promise<Response> {
  const { retryAfter } = decision;
  return answer("ERR_4004", refused, {
    variables: { seconds: retryAfter },
    details: { retry_after: retryAfter },
    headers: rateLimitHeaders(decision, refused.options.limitHeaders),
  });
}

/** The answer to what is the client's lack or the store's; throws what is the app's own mistake, for `withErrors` to answer. */
export async function refusalResponse<Args extends readonly unknown[]>(
  thrown: unknown,
  refused: RefusedRequest<Args>,
): Promise<Response> {
  if (isValidationError(thrown)) throw misconfigured(thrown);
  if (!isVidopsError(thrown) || !answered.has(thrown.code)) throw thrown;
  const wait = thrown.details?.retry_after;
  return answer(thrown.code, refused, { retryAfter: typeof wait === "number" ? wait : null });
}

/** No token; no address; no store. */
const answered: ReadonlySet<string> = new Set(["ERR_4005", "ERR_4008", "ERR_6008"]);

async function answer<Args extends readonly unknown[]>(
  code: string,
  { request, args, options, log }: RefusedRequest<Args>,
  said: Pick<ResponseOptions, "details" | "retryAfter" | "headers"> & { readonly variables?: unknown },
): Promise<Response> {
  const { cors, format, statusScheme, problemTypeBase, headers, errors = builtInErrors } = options;
  const expose = cors == null ? {} : { "access-control-expose-headers": rateLimitHeaderNames.join(", ") };
  return errorResponseOf(errors, {
    ...{ code, request, cors, format, statusScheme, problemTypeBase, log },
    ...said,
    language: await languageOf(request, args, options),
    requestId: createRequestId(),
    // Whatever is wrong with the messages, this client needs an answer; the log line tells the programmer.
    strict: false,
    headers: { ...headers, ...said.headers, ...expose },
  });
}

/** A profile that cannot be read is no reason to fail: the browser's language is as good. */
async function languageOf<Args extends readonly unknown[]>(
  request: Request,
  args: Args,
  { language }: RefusalOptions<Args>,
): Promise<string | null> {
  try {
    return (await language?.(request, ...args)) ?? null;
  } catch {
    return null;
  }
}
