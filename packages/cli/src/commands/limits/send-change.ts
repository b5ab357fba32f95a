import { isVidopsError, VidopsError } from "@vidops/core/errors";
import type { CommandSession } from "../../command-session.ts";

/**
 * Sends the one request that changes something. The first Ctrl-C waits for its answer, the second leaves without it.
 *
 * @param what is on its way, e.g. "the reset"
 * @param send sends it
 * @throws VidopsError ERR_6006 (exit 8) when nobody knows whether it was done, saying that to repeat it does no harm.
 */
export async function sendChange<T>(
  session: CommandSession,
  what: string,
  send: () => Promise<T>,
): Promise<T> {
  const { interruptions } = session.context;
  using _guard = interruptions.guard((count) => {
    if (count === 1)
      session.output.warn(`${what} is on its way; waiting for its answer (Ctrl-C again leaves without it)`);
    else interruptions.leave(outcomeUnknown(what, null));
  });
  try {
    return await send();
  } catch (error) {
    throw isVidopsError(error) && error.code === "ERR_6006" ? outcomeUnknown(what, error) : error;
  }
}

function outcomeUnknown(what: string, cause: VidopsError | null): VidopsError {
  return new VidopsError({
    code: "ERR_6006",
    reason: cause?.reason ?? "interrupted",
    message: `${what[0]?.toUpperCase()}${what.slice(1)} was sent but its answer was lost: it may or may not have been done.`,
    hint: "Run the same command again: if it was done, that changes nothing.",
    details: { ...cause?.details },
    cause: cause ?? undefined,
  });
}
