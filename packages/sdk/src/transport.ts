import { isVidopsError, type VidopsError, validationError } from "@vidops/core/errors";
import {
  defaultRetryConfig,
  HttpRequestError,
  plainBody,
  type RequestPlan,
  sendPlanned,
} from "@vidops/core/http";
import { type Answer, answerError, codeOf, mayPass } from "./answer-error.ts";
import { type Call, isHarmless, mayCallAgain, methodOf, type Outcome } from "./call.ts";
import type { ClientSettings } from "./client-settings.ts";
import { errorOfCall, leavesOpen } from "./outcome.ts";
import { ownError } from "./own-error.ts";
import { abortReason } from "./until-aborted.ts";

/** Sends a request until it is answered. */
export type Transport = (call: Call) => Promise<Answer>;

/**
 * Makes the one place that sends requests: again when that is safe and can help, the body as part of the attempt, and every
 * failure as a VidopsError.
 *
 * @param settings of the client
 * @returns the function. It throws the server's error with its message and request id; ERR_6005 when no answer came and
 *   nothing was changed; ERR_6006 when it may have been; ERR_6007 for an answer that is not of vidops; the signal's reason
 */
export function createTransport(settings: ClientSettings): Transport {
  const { clock, random } = settings;
  return async (call) => {
    const body = call.body === undefined ? undefined : jsonOf(call.body);
    const outcome = call.outcome ?? { unknown: false };
    try {
      const response = await sendPlanned(planOf(call, body, settings), {
        ...defaultRetryConfig,
        maxRetries: call.maxRetries ?? 3,
        initialDelay: 500,
        maxDelay: 10_000,
        deadline: call.timeout,
        retryableStatusCodes: [408, 409, 429, 500, 502, 503, 504],
        clock,
        random,
        fetch: async (input, init) => readWhole(await settings.fetch(input, init)),
        shouldRetry: ({ attempt, response }) => {
          const answer = response as unknown as Answer | null;
          outcome.unknown ||=
            answer === null
              ? attempt.reason === "connection_lost" || attempt.reason === "timeout"
              : leavesOpen(answer, false);
          // Undefined: only what cannot have been carried out.
          return answer !== null && !mayPass(answer) ? false : undefined;
        },
      });
      const answer = response as unknown as Answer;
      if (isGood(answer, call)) return answer;
      throw refusalOf(answer, call, settings.spoken(), outcome);
    } catch (error) {
      if (call.signal?.aborted) throw abortReason(call.signal);
      if (isVidopsError(error) && !(error instanceof HttpRequestError)) throw error;
      throw noAnswer(error, call, settings.spoken(), outcome);
    }
  };
}

/** What is sent. fetchWithRetry would find it out by itself, and take any request for that: four times the code. */
function planOf(call: Call, body: string | undefined, settings: ClientSettings): RequestPlan {
  const language = settings.language();
  const method = methodOf(call);
  const headers = {
    apikey: settings.key,
    ...(language !== null && { "accept-language": language }),
    ...(body !== undefined && { "content-type": "application/json" }),
    ...call.headers,
  };
  return {
    input: settings.url + call.path,
    method,
    signal: call.signal ?? null,
    idempotent: call.repeatable !== false,
    ownKey: null,
    ...plainBody,
    // Not followed elsewhere: keys and tokens would travel along.
    prepare: () => ({ method, headers, redirect: "manual", ...(body !== undefined && { body }) }),
  };
}

function jsonOf(body: unknown): string {
  try {
    return JSON.stringify(body);
  } catch {
    throw validationError("request", "holds what JSON cannot");
  }
}

/** Reads the body too, so that one which breaks or stalls is one more attempt that failed. */
async function readWhole(response: Response): Promise<Response> {
  const text = await response.text();
  let data: unknown = null;
  try {
    data = JSON.parse(text);
  } catch {
    // Empty, or a gateway's page: its status tells all that it can.
  }
  // All that fetchWithRetry looks at. No Response, which would take the body apart and put it together again.
  const answer = { status: response.status, headers: response.headers, data, body: null };
  return answer as unknown as Response;
}

/** An answer to rely on: a portal's page comes with 200 too. */
function isGood({ status, data }: Answer, { answer, headers }: Call): boolean {
  if (status === 304) return headers?.["if-none-match"] !== undefined;
  if (status < 200 || status > 299) return false;
  if (answer === undefined) return status === 204 || (typeof data === "object" && data !== null);
  return (data as Record<string, unknown> | null)?.[answer] != null;
}

function refusalOf(answer: Answer, call: Call, language: string | null, outcome: Outcome): VidopsError {
  const error = answerError(answer, language, call.errorDetails);
  if (isHarmless(call) || !leavesOpen(answer, outcome.unknown)) return error;
  // Where no second call can do harm, with whatever key, the server's own words are worth more.
  const harmsNobody = call.repeatable !== false && call.keepsKey === undefined;
  const isOwn = codeOf(answer.data) !== null && error.code !== "ERR_6006";
  return harmsNobody && isOwn ? error : errorOfCall(error, call, language, true);
}

function noAnswer(error: unknown, call: Call, language: string | null, outcome: Outcome): VidopsError {
  // What is said in words of a runtime that nobody knows may be anything, a mistake of the app too.
  const { sent, reason } =
    error instanceof HttpRequestError ? error : { sent: "unknown", reason: "fetch_failed" };
  outcome.unknown ||= sent === "unknown";
  const unchanged = isHarmless(call) || !outcome.unknown;
  return ownError(unchanged ? "ERR_6005" : "ERR_6006", reason, language, {
    retryable: !/^(?:tls|fetch)_failed$/.test(reason) && (unchanged || mayCallAgain(call)),
    details: { ...call.errorDetails },
    cause: error,
  });
}
