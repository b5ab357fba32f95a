import { createVirtualTime, inPlaceOfTimers } from "../../benchmarks/http-virtual-time.ts";
import { type Call, type Name, type Sent, type Server, sender } from "./libraries.ts";

/** What became of a call. */
export interface Course {
  readonly sent: readonly Sent[];
  /** The status of the last answer, or what was thrown; "pending" when it still waits and no timer is left. */
  readonly end: number | "pending" | { readonly error: unknown };
  /** When it ended, in ms of virtual time. */
  readonly at: number;
  /** How long each wait between two requests was, in ms. */
  readonly waits: readonly number[];
}

/** Promises, streams and what they bring about get their turns, while no time passes. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve));
}

/**
 * Makes a call with a library, in virtual time and with `Math.random` standing still.
 *
 * @param random what `Math.random` gives
 * @param abortAt when the call's signal is aborted, in ms; null for never
 */
export async function drive(
  name: Name,
  server: Server,
  call: Call = {},
  { random = 0.5, abortAt = null }: { random?: number; abortAt?: number | null } = {},
): Promise<Course> {
  const time = createVirtualTime();
  const sent: Sent[] = [];
  const { random: originalRandom } = Math;
  Math.random = () => random;
  const state: { end: Course["end"]; at: number } = { end: "pending", at: 0 };
  const finish = (end: Course["end"]): void => {
    Object.assign(state, { end, at: time.now() });
  };
  try {
    await inPlaceOfTimers(time, async () => {
      const abort = new AbortController();
      if (abortAt !== null) time.setTimeout(() => abort.abort(new Error("enough")), abortAt);
      void sender(
        name,
        server,
        sent,
        time.now,
      )({ ...call, ...(abortAt !== null && { signal: abort.signal }) }).then(finish, (error) =>
        finish({ error }),
      );
      do await settle();
      while (state.end === "pending" && (await time.runNext()));
    });
  } finally {
    Math.random = originalRandom;
  }
  const waits = sent.slice(1).map(({ at }, index) => at - (sent[index]?.at ?? 0));
  return { sent, ...state, waits };
}
