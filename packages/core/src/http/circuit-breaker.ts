import { validationError } from "../errors/index.ts";
import { HttpRequestError } from "./http-request-error.ts";
import { createOriginMap } from "./origin-map.ts";

/** When a circuit opens, and for how long. */
export interface CircuitBreakerOptions {
  /** So many failures without a success between them open the circuit. Default 5. */
  readonly failures?: number | undefined;
  /** How long it stays open before one request may try again, and each next one, in ms. Default 2000. */
  readonly cooldown?: number | undefined;
  /** The time now in ms; give the same clock that the calls use. */
  readonly now?: (() => number) | undefined;
}

/** Knows which origins are down; make one and hand it to all calls. */
export interface CircuitBreaker {
  /**
   * Lets a request through; when it has been open for the cooldown, one, and one more each cooldown.
   * @throws HttpRequestError ERR_5002 `circuit_open`, with how long to leave the origin alone
   */
  admit(origin: string): void;
  /** True while a further request would not be let through. */
  isOpen(origin: string): boolean;
  /** What became of a request that was let through; null when that says nothing of the server, e.g. aborted by the caller. */
  record(origin: string, succeeded: boolean | null): void;
}

/**
 * Makes a circuit breaker: an origin that keeps failing is left alone for a while, then tried with a single request.
 * Failures are network errors, timeouts and statuses of 500 and more.
 *
 * @param options when it opens and for how long
 * @returns the breaker, for `config.breaker`
 * @throws ValidationError for a number out of range
 * @example
 * ```ts
 * const breaker = createCircuitBreaker();
 * await fetchWithRetry(url, {}, { breaker }); // while it is open: HttpRequestError, reason "circuit_open", nothing sent
 * ```
 */
export function createCircuitBreaker({
  failures = 5,
  cooldown = 2_000,
  now = () => performance.timeOrigin + performance.now(),
}: CircuitBreakerOptions = {}): CircuitBreaker {
  if (!(Number.isInteger(failures) && failures >= 1))
    throw validationError("failures", "must be a whole number from 1");
  if (!(cooldown >= 0 && cooldown < Number.POSITIVE_INFINITY)) {
    throw validationError("cooldown", "must be a number of milliseconds from 0");
  }
  /** 0 also when a clock that was set back makes it longer than it ever was. */
  const timeLeft = (until: number): number => {
    const left = until - now();
    return left > 0 && left <= cooldown ? left : 0;
  };
  const circuits = createOriginMap(() => ({ failed: 0, openUntil: 0 }));
  return {
    isOpen: (origin) => {
      const { failed, openUntil } = circuits.get(origin);
      return failed >= failures && timeLeft(openUntil) > 0;
    },
    admit: (origin) => {
      const circuit = circuits.get(origin);
      if (circuit.failed < failures) return;
      const left = timeLeft(circuit.openUntil);
      if (left > 0) throw circuitOpen(origin, left);
      // This one tries. The next may when it has had its time, whether or not it has come back by then.
      circuit.openUntil = now() + cooldown;
    },
    record: (origin, succeeded) => {
      if (succeeded === null) return;
      const circuit = circuits.get(origin);
      circuit.failed = succeeded ? 0 : circuit.failed + 1;
      // Not at each further failure: those that were on the way when it opened would keep it open.
      if (circuit.failed === failures) circuit.openUntil = now() + cooldown;
    },
  };
}

function circuitOpen(origin: string, left: number): HttpRequestError {
  const seconds = Math.max(1, Math.ceil(left / 1_000));
  return new HttpRequestError({
    code: "ERR_5002",
    reason: "circuit_open",
    message: `${origin} keeps failing and is left alone for ${seconds} s.`,
    retryable: true,
    details: { retry_after: seconds },
    sent: "not_sent",
    attempts: [],
  });
}
