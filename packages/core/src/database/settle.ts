import { VidopsError } from "../errors/index.ts";
import { type DatabaseClient, defaultTimeoutMs } from "./database-client.ts";
import { answerFault, type Effect, type ErrorBody, type Fault, lostFault } from "./error-mapping.ts";
import { transportFailure } from "./transport.ts";

/** An answer that is no error: the data is not checked yet. */
export interface Settled {
  data: unknown;
  status: number;
}

/** How one request is to be carried out. */
export interface SettleOptions {
  effect: Effect;
  signal?: AbortSignal | undefined;
}

/** A request of postgrest-js that is not sent before it is awaited. */
interface Request extends PromiseLike<unknown> {
  abortSignal(signal: AbortSignal): Request;
  retry?(enabled: boolean): Request;
}

interface Answer {
  data: unknown;
  error: ErrorBody | null;
  status: number;
}

/**
 * Sends one request exactly once and waits until its whole body is there, the time is up, or the caller aborts.
 * All requests of this package pass here.
 *
 * @param db the client the request was built with
 * @param build makes the request; called once
 * @param options whether it writes, and the caller's signal
 * @returns the answer's data
 * @throws VidopsError by the table of error-mapping.ts; a read aborted by the caller, and a write aborted before
 *   it was sent, reject with the signal's reason
 * @example
 * ```ts
 * const { data } = await settle(db, () => db.rpc("doctor_report"), { effect: "read" });
 * ```
 */
export async function settle(
  db: DatabaseClient,
  build: () => PromiseLike<unknown>,
  { effect, signal }: SettleOptions,
): Promise<Settled> {
  signal?.throwIfAborted();
  const timeoutMs = db.timeoutMs ?? defaultTimeoutMs;
  const controller = new AbortController();
  const { promise: stopped, resolve: stop } = Promise.withResolvers<"timeout" | "aborted">();
  const timer = setTimeout(() => stop("timeout"), timeoutMs);
  const onAbort = (): void => stop("aborted");
  signal?.addEventListener("abort", onAbort, { once: true });
  try {
    const request = withoutRetry(build() as Request).abortSignal(controller.signal);
    // Raced, not only aborted: a body that hangs, or a fetch that ignores its signal, must not hold the caller.
    const outcome = await Promise.race([request, stopped]);
    // Frees the socket of a request that is given up.
    if (typeof outcome === "string") controller.abort();
    if (outcome === "timeout") throw toError(lostFault("timeout", effect, { timeout_ms: timeoutMs }));
    if (outcome === "aborted") {
      if (effect === "read") throw signal?.reason;
      throw toError(lostFault("aborted", effect), signal?.reason);
    }
    return settled(outcome as Answer, effect, db.credential);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", onAbort);
  }
}

function settled(answer: Answer, effect: Effect, credential: DatabaseClient["credential"]): Settled {
  const { data, error, status } = answer;
  if (error === null || error === undefined) return { data, status };
  if (status !== 0) throw toError(inWordsOf(credential, answerFault(status, error, effect)));
  const failure = transportFailure(error);
  if (failure.sent === "unknown") throw toError(lostFault(failure.reason, effect), error);
  throw new VidopsError({
    code: "ERR_6005",
    reason: failure.reason,
    message: `The database cannot be reached (${failure.reason.replaceAll("_", " ")}); nothing was sent.`,
    hint: failure.passing ? "Check the URL and the network, then try again." : "Check the project's URL.",
    retryable: failure.passing,
    cause: error,
  });
}

/** A key can be checked; whose token it is has another way out. */
function inWordsOf(credential: DatabaseClient["credential"], fault: Fault): Fault {
  if (fault.code !== "ERR_4005" || !credential) return fault;
  return { ...fault, message: `The project does not accept ${credential.name}.`, hint: credential.renewal };
}

/** postgrest-js repeats reads by itself, for up to 7 seconds; here one call is one request. */
function withoutRetry(request: Request): Request {
  return typeof request.retry === "function" ? request.retry(false) : request;
}

function toError(fault: Fault, cause?: unknown): VidopsError {
  return new VidopsError({ ...fault, cause });
}
