import { isVidopsError, type VidopsError, validationError } from "@vidops/core/errors";
import type { Answer } from "./answer-error.ts";
import { type Call, isHarmless, type Outcome } from "./call.ts";
import type { CallOptions } from "./call-options.ts";
import type { ClientSettings } from "./client-settings.ts";
import { errorOfCall } from "./outcome.ts";
import { ownError } from "./own-error.ts";
import { tokenClaims } from "./token-claims.ts";
import type { TokenSource } from "./token-source.ts";
import { type Tokens, userOf } from "./tokens.ts";
import type { Transport } from "./transport.ts";
import { startTimer, untilAborted } from "./until-aborted.ts";

/** One request as the user. */
export interface UserCall extends Omit<Call, "signal" | "maxRetries" | "timeout"> {
  /** What the path ends with; empty values are left out. */
  readonly query?: Readonly<Record<string, string | number | null | undefined>> | undefined;
  /** True when it is answered without a user too. */
  readonly open?: boolean | undefined;
  readonly options?: CallOptions | undefined;
  /** Unless the options say another, in milliseconds. */
  readonly timeout?: number | undefined;
}

/** An answer, and whom it was given to. */
export interface Reply extends Answer {
  /** Empty when nobody was signed in. */
  readonly userId: string;
}

/** Sends a request as the user. */
export type Send = (call: UserCall) => Promise<Reply>;

/**
 * Makes the function that sends as the user: with the user's token, which a 401 renews once.
 *
 * @param settings of the client
 * @param transport what sends
 * @param source of tokens
 * @returns the function; it throws what the transport does, and ERR_4005 `not_signed_in`
 */
export function createSend(settings: ClientSettings, transport: Transport, source: TokenSource): Send {
  const { clock, key } = settings;
  // The new keys are no tokens, and the gateway refuses them as such.
  const keyAsToken = tokenClaims(key) === null ? null : key;
  return async ({ query, open, options = {}, timeout = 60_000, headers, ...rest }) => {
    const { signal } = options;
    checkHeaders(options.headers);
    checkNumber("timeout", options.timeout, 1);
    checkNumber("maxRetries", options.maxRetries, 0);
    const outcome: Outcome = { unknown: false };
    const call: Call = { ...rest, ...options, outcome, timeout: options.timeout ?? timeout };
    const end = clock.now() + call.timeout;
    const sendAs = async (tokens: Tokens | null): Promise<Reply> => {
      const bearer = tokens?.accessToken ?? keyAsToken;
      const answer = await transport({
        ...call,
        path: call.path + queryText(query),
        timeout: Math.max(1, end - clock.now()),
        headers: {
          ...(bearer !== null && { authorization: `Bearer ${bearer}` }),
          ...headers,
          ...options.headers,
        },
      });
      return { ...answer, userId: tokens === null ? "" : userOf(tokens).userId };
    };
    /** What all calls share is waited for no longer than this one may take. */
    const tokensOf = async (work: Promise<Tokens | null>): Promise<Tokens | null> => {
      const { over, stop } = startTimer(clock, Math.max(1, end - clock.now()));
      const late = over.then(() => {
        throw ownError("ERR_6005", "timeout", settings.spoken());
      });
      try {
        return await untilAborted(signal, Promise.race([work, late]));
      } catch (error) {
        if (!isVidopsError(error)) throw error;
        throw errorOfCall(error, call, settings.spoken(), outcome.unknown && !isHarmless(call));
      } finally {
        late.catch(() => {});
        stop();
      }
    };
    const tokens = await tokensOf(source.current());
    if (tokens === null && open !== true) throw notSignedIn(settings);
    const since = source.ended();
    try {
      return await sendAs(tokens);
    } catch (error) {
      if (tokens === null || !isVidopsError(error) || error.details?.status !== 401) throw error;
      const renewed = await tokensOf(source.renewed(tokens.accessToken, since));
      if (renewed === null) throw error;
      return sendAs(renewed);
    }
  };
}

function checkNumber(name: string, value: number | undefined, least: number): void {
  if (value !== undefined && !(value >= least)) throw validationError(name, `must be a number from ${least}`);
}

/** Those that the client sends itself, and the characters that a header takes. */
function checkHeaders(headers: CallOptions["headers"]): void {
  for (const [name, value] of Object.entries(headers ?? {})) {
    if (!/^(?!(?:idempotency-key|authorization|apikey):)[\w-]+:[\x20-\x7e]*$/i.test(`${name}:${value}`))
      throw validationError("headers", `cannot have this: ${name}`, "A key goes into idempotencyKey.");
  }
}

/** The error for a call that needs a user. */
export function notSignedIn(settings: ClientSettings): VidopsError {
  return ownError("ERR_4005", "not_signed_in", settings.spoken());
}

function queryText(query: UserCall["query"]): string {
  const parts = Object.entries(query ?? {}).filter(([, value]) => value != null && value !== "");
  if (parts.length === 0) return "";
  return `?${parts.map(([name, value]) => `${name}=${encodeURIComponent(String(value))}`).join("&")}`;
}
