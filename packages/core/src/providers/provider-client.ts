import { isValidationError } from "../errors/index.ts";
import { fetchWithRetry, HttpRequestError, networkFailure, parseRetryAfter } from "../http/index.ts";
import {
  aborted,
  mayBeRepeated,
  type ProviderAnswer,
  parseJson,
  requestIdOf,
  surelyRefused,
} from "./provider-answer.ts";
import { ProviderError, type ProviderOperation } from "./provider-error.ts";
import type { ProviderFault } from "./provider-fault.ts";
import type { HttpSettings } from "./provider-http.ts";
import type { ProviderName } from "./provider-name.ts";
import { readBody } from "./read-body.ts";
import { shownBody } from "./shown-body.ts";

const MAX_BODY = 1_048_576;

/** What a client is made of. */
export interface ProviderClientInit {
  readonly name: ProviderName;
  readonly apiKey: string;
  /** Sent with every request, the key among them. */
  readonly headers: Readonly<Record<string, string>>;
  /** Where requests may go. */
  readonly origins: readonly string[];
  /** Headers that may name the provider's id of a request, the best first. */
  readonly requestIdHeaders: readonly string[];
  /** How to find out what became of a submit that was not answered. */
  readonly lostSubmit: { readonly hint: string; readonly lookUp: boolean };
  readonly settings: HttpSettings;
}

/** One request. */
export interface ProviderRequest {
  readonly operation: ProviderOperation;
  readonly method: "GET" | "POST" | "PUT" | "DELETE";
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** The body, as JSON text. */
  readonly json?: string | undefined;
  readonly signal?: AbortSignal | undefined;
  /** What the user wrote: it stands in no error. */
  readonly written?: readonly string[] | undefined;
  /** True to send it a single time whatever happens. */
  readonly once?: boolean | undefined;
  /** Tells a 5xx that answers the question, and so is neither repeated nor held against the server, from one that does not. */
  readonly isVerdict?: ((answer: ProviderAnswer) => boolean) | undefined;
}

/** What an error is made of beside its fault. */
export interface FailOptions {
  readonly answer?: (Pick<ProviderAnswer, "status" | "headers" | "text"> & { sentAt?: number }) | undefined;
  readonly cause?: unknown;
  /** Of a submit: whether there may be a job. Default: as the answer's status says. */
  readonly inDoubt?: boolean | undefined;
  /** When it was begun, in ms since 1970, where there is no answer that tells. */
  readonly sentAt?: number | undefined;
  readonly details?: Readonly<Record<string, unknown>> | undefined;
  /** What the user wrote: it stands in no error. */
  readonly written?: readonly string[] | undefined;
}

/** Sends requests to one provider; all adapters share it. */
export interface ProviderClient {
  readonly name: ProviderName;
  send(request: ProviderRequest): Promise<ProviderAnswer>;
  fail(operation: ProviderOperation, fault: ProviderFault, options?: FailOptions): ProviderError;
}

/**
 * Makes the client of one provider: requests that are bounded in time, bytes and places, and errors of one kind.
 *
 * @param init name, key, hosts and settings
 * @returns the client
 */
export function createProviderClient(init: ProviderClientInit): ProviderClient {
  const { name, settings } = init;
  const { clock, bodyTimeout, wallClock } = settings;
  const secrets = [init.apiKey, ...init.apiKey.split(":")].filter((secret) => secret.length >= 6);

  const read = async (response: Response, sentAt: number, signal?: AbortSignal): Promise<ProviderAnswer> => {
    const bounds = { maxBytes: MAX_BODY, maxTime: bodyTimeout, clock, signal };
    const { bytes, fault } = await readBody(response.body, bounds);
    const text = new TextDecoder().decode(bytes);
    const { status, headers } = response;
    return { status, headers, text, json: parseJson(text), bodyFault: fault, sentAt };
  };

  const fail: ProviderClient["fail"] = (operation, fault, { answer, cause, details, ...more } = {}) => {
    const show = (text: string): string | null => shownBody(text, secrets, more.written);
    const inDoubt = operation === "submit" && (more.inDoubt ?? !surelyRefused(answer));
    const wait = answer && parseRetryAfter(answer.headers, wallClock());
    const requestId = answer === undefined ? null : requestIdOf(answer.headers, init.requestIdHeaders);
    const now = wallClock();
    const sentAt = more.sentAt ?? answer?.sentAt ?? now;
    const window = { from: new Date(sentAt).toISOString(), to: new Date(now).toISOString() };
    return new ProviderError({
      provider: name,
      operation,
      code: inDoubt ? "ERR_6006" : fault.code,
      reason: fault.reason,
      message: `${name} ${fault.message}${answer ? ` (HTTP ${answer.status})` : ""}${inDoubt ? "; it may have begun the job" : ""}.`,
      hint: inDoubt ? init.lostSubmit.hint : fault.hint,
      retryable: !inDoubt && (fault.retryable ?? false),
      status: answer?.status,
      requestId,
      outcome: operation !== "submit" ? null : inDoubt ? "unknown" : "not_accepted",
      cause: cause === undefined ? undefined : new Error(wordsOf(cause, show)),
      details: {
        provider: name,
        operation,
        status: answer?.status ?? null,
        provider_request_id: requestId,
        body: answer === undefined ? null : show(answer.text),
        ...(wait != null && { retry_after: Math.ceil(wait / 1_000) }),
        ...(inDoubt && { lookup: init.lostSubmit.lookUp ? window : null }),
        ...details,
      },
    });
  };

  const send = async (request: ProviderRequest): Promise<ProviderAnswer> => {
    const { operation, method, url, json, signal, isVerdict } = request;
    // The one place that the key leaves from.
    if (!init.origins.includes(new URL(url).origin))
      throw new TypeError(`${name} is not reached at this URL.`);
    const sentAt = wallClock();
    // What the last attempt leaves open: whether there may be a job now.
    let inDoubt = false;
    let verdict: ProviderAnswer | null = null;
    const watched: typeof settings.fetch = async (input, options) => {
      inDoubt = true;
      try {
        const response = await settings.fetch(input, options);
        inDoubt = !mayBeRepeated(response.status, response.headers);
        if (isVerdict === undefined || response.status < 500) return response;
        const answer = await read(response, sentAt, signal);
        if (isVerdict(answer)) verdict = answer;
        return new Response(answer.text, {
          status: verdict === null ? response.status : 200,
          headers: response.headers,
        });
      } catch (error) {
        inDoubt = networkFailure(error)?.sent !== "not_sent";
        throw error;
      }
    };
    let response: Response;
    try {
      response = await fetchWithRetry(
        url,
        {
          method,
          headers: {
            Accept: "application/json",
            ...(json !== undefined && { "Content-Type": "application/json" }),
            ...request.headers,
            ...init.headers,
          },
          ...(json !== undefined && { body: operation === "submit" ? sentOnce(json) : json }),
          // Followed, the key would go wherever the answer says.
          redirect: "manual",
          ...(signal !== undefined && { signal }),
        },
        {
          ...settings.configOf(operation === "submit" ? "submit" : "other"),
          fetch: watched,
          idempotency: false,
          ...(request.once === true && { maxRetries: 0 }),
        },
      );
    } catch (thrown) {
      throw lost(thrown, operation, { inDoubt, sentAt, written: request.written }, signal);
    }
    const answer = verdict ?? (await read(response, sentAt, signal));
    if (answer.bodyFault === "aborted" && operation !== "submit") throw signal?.reason;
    return answer;
  };

  /** What to throw when there was no answer. */
  const lost = (
    thrown: unknown,
    operation: ProviderOperation,
    about: { readonly inDoubt: boolean; readonly sentAt: number } & Pick<FailOptions, "written">,
    signal: AbortSignal | undefined,
  ): unknown => {
    if (signal?.aborted && thrown === signal.reason) {
      const mayRun = operation === "submit" && about.inDoubt;
      return mayRun ? fail(operation, aborted, { ...about, cause: thrown }) : signal.reason;
    }
    // A setting that cannot be meant: nothing was sent.
    if (isValidationError(thrown)) return thrown;
    if (!(thrown instanceof HttpRequestError))
      return fail(operation, unrecognised, { ...about, cause: thrown });
    const { reason, retryable, attempts, details, cause } = thrown;
    const fault: ProviderFault = {
      code: thrown.code === "ERR_5001" ? "ERR_5001" : "ERR_5002",
      reason,
      message: `cannot be reached (${reason.replaceAll("_", " ")}, attempts: ${attempts.length})`,
      retryable: retryable || (!about.inDoubt && reason !== "tls_failed"),
    };
    const shown = attempts.map((attempt) => ({
      status: attempt.status,
      reason: attempt.reason,
      duration: Math.round(attempt.duration),
      delay: attempt.delay,
    }));
    return fail(operation, fault, { ...about, cause, details: { ...details, attempts: shown } });
  };
  return { name, send, fail };
}

const unrecognised: ProviderFault = {
  code: "ERR_5002",
  reason: "unrecognised_failure",
  message: "could not be asked: fetch failed in a way that is not known",
};

/**
 * A body that the runtime does not send again by itself. Deno repeats a request, a POST too, when a connection that it kept
 * is reset before the answer, unless the body is a stream. It costs the Content-Length, so elsewhere text is sent; Chromium
 * does the same as Deno, and leaves no way out.
 *
 * @see https://github.com/denoland/deno/issues/35610
 */
function sentOnce(json: string): string | (() => ReadableStream<Uint8Array>) {
  const { navigator } = globalThis as { navigator?: { userAgent?: string } };
  return navigator?.userAgent?.startsWith("Deno/") ? () => new Blob([json]).stream() : json;
}

/** Name and message of an error and of what caused it; each is cut only after what is private has left it. */
function wordsOf(thrown: unknown, show: (text: string) => string | null, depth = 0): string {
  const shown = (text: string): string => (show(text) ?? "unknown").slice(0, 500);
  try {
    if (typeof thrown !== "object" || thrown === null) return shown(String(thrown));
    const { name, message, code, cause } = thrown as Record<string, unknown>;
    const said = shown(`${name ?? "Error"}: ${message ?? ""}${code === undefined ? "" : ` (${code})`}`);
    return cause === undefined || depth > 3 ? said : `${said}; caused by ${wordsOf(cause, show, depth + 1)}`;
  } catch {
    return "an error that cannot be read";
  }
}
