import { isVidopsError, VidopsError } from "@vidops/core/errors";
import { clientIp, type Trust } from "@vidops/core/rate-limit";

/** Bad tokens that one address may send in a minute, to one process. */
const mostInWindow = 60;
const windowMs = 60_000;
/** Addresses that are remembered at most. */
const mostAddresses = 1_000;

interface Sent {
  count: number;
  readonly since: number;
}

/** Remembers who sends bad tokens: many of those cost Auth a question each, and with Auth goes everybody's sign-in. */
export interface BadTokens {
  /**
   * Verifies a request's token, unless its address has sent too many bad ones.
   *
   * @throws VidopsError ERR_4004 (429), and nobody is asked · what `verify` throws
   */
  unlessFlooding<T>(request: Request, verify: () => Promise<T>): Promise<T>;
}

/**
 * Makes the memory. It is of this process alone, and of addresses that are known: others are not told apart.
 *
 * @param trust who is believed about a client's address
 * @param now the clock, in ms
 * @returns the memory
 */
export function createBadTokens(trust: Trust, now: () => number = Date.now): BadTokens {
  const sent = new Map<string, Sent>();

  function windowOf(ip: string): Sent | undefined {
    const found = sent.get(ip);
    if (found === undefined || now() - found.since < windowMs) return found;
    sent.delete(ip);
    return undefined;
  }

  function note(ip: string): void {
    const found = windowOf(ip);
    if (found !== undefined) {
      found.count += 1;
      return;
    }
    // The one that was noted first makes room.
    const [oldest] = sent.keys();
    if (sent.size >= mostAddresses && oldest !== undefined) sent.delete(oldest);
    sent.set(ip, { count: 1, since: now() });
  }

  return {
    async unlessFlooding(request, verify) {
      const ip = clientIp(request, trust);
      if (ip === null) return verify();
      const found = windowOf(ip);
      if (found !== undefined && found.count >= mostInWindow)
        throw tooMany(Math.ceil((found.since + windowMs - now()) / 1_000));
      try {
        return await verify();
      } catch (error) {
        // One that has expired is known to be so without a question.
        if (isVidopsError(error) && error.reason === "invalid_token") note(ip);
        throw error;
      }
    },
  };
}

function tooMany(seconds: number): VidopsError {
  return new VidopsError({
    code: "ERR_4004",
    reason: "too_many_bad_tokens",
    message: "The address sends too many tokens that are not valid.",
    details: { retry_after: Math.max(1, seconds) },
    variables: { seconds: Math.max(1, seconds) },
  });
}
