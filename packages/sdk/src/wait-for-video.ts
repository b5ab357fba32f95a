import { isVidopsError, type VidopsError } from "@vidops/core/errors";
import type { CallOptions } from "./call-options.ts";
import type { ClientSettings } from "./client-settings.ts";
import { ownError } from "./own-error.ts";
import { type RealtimeClient, watchJob } from "./realtime.ts";
import { startTimer, untilAborted } from "./until-aborted.ts";
import type { Video } from "./video.ts";

/** How a video is waited for. */
export interface WaitOptions extends Omit<CallOptions, "timeout"> {
  /** How long to wait at most, in milliseconds. Default 900 000. */
  readonly timeout?: number | undefined;
  /** Is told of the video as each poll finds it, and waited for. What it throws ends the wait. */
  readonly onProgress?: ((video: Video) => unknown) | undefined;
  /** A client of supabase-js that is signed in as the same user: a change ends the pause between two polls. Default: none. */
  readonly realtime?: RealtimeClient | undefined;
}

/** A video, and when the server wants to be asked again. */
export interface PolledVideo {
  readonly video: Video;
  /** Milliseconds; null when it does not say. */
  readonly pollAfter: number | null;
}

/** What waiting needs. */
export interface WaitPlan {
  readonly settings: ClientSettings;
  /** Asks for the video. */
  poll(jobId: string, options: CallOptions): Promise<PolledVideo>;
}

const LONGEST_PAUSE = 15_000;
/** Whatever a server asks for, in ms: neither in a circle, nor for ever. */
const SHORTEST_PAUSE = 250;
const LONGEST_ASKED = 60_000;

/**
 * Polls until a video is made, as often as the server asks for. A network that is gone for a while does not end it.
 *
 * @param jobId which
 * @param options how long, and who is told
 * @param plan what asks
 * @returns the finished video
 * @throws VidopsError with the code and message of the job when it failed, and `details.credits_refunded` · ERR_4014
 *   `wait_timed_out` when the time is over · what the server refuses · the signal's reason
 */
export async function waitForVideo(jobId: string, options: WaitOptions, plan: WaitPlan): Promise<Video> {
  const { timeout = 900_000, onProgress, realtime, ...calls } = options;
  const { clock, spoken } = plan.settings;
  const end = clock.now() + timeout;
  let status: unknown = "";
  let changed = false;
  let wake = (): void => {};
  const unwatch =
    realtime &&
    watchJob(realtime, jobId, (told) => {
      // Each poll may touch the row: what changes nothing for the user is no news.
      if (told === status) return;
      changed = true;
      wake();
    });

  /** Until the time is over, or something has changed. */
  const pause = (ms: number): Promise<void> => {
    const { over, stop } = startTimer(clock, changed ? 0 : ms);
    wake = stop;
    return untilAborted(calls.signal, over).finally(stop);
  };

  try {
    for (let grown = 1_000; ; grown = Math.min(grown * 1.5, LONGEST_PAUSE)) {
      changed = false;
      const left = Math.max(end - clock.now(), 1_000);
      const polled = await plan
        .poll(jobId, { ...calls, timeout: Math.min(left, 30_000) })
        .catch((error: unknown) => {
          if (isVidopsError(error) && error.retryable) return error;
          throw error;
        });
      let delay = grown;
      if (isVidopsError(polled)) delay = Math.max(grown, Number(polled.details?.retry_after ?? 0) * 1_000);
      else {
        const { video, pollAfter } = polled;
        status = video.status;
        await onProgress?.(video);
        if (status === "completed") return video;
        if (status === "failed") throw jobFailed(video, spoken());
        delay = pollAfter ?? grown;
      }
      const now = clock.now();
      if (now >= end) throw timedOut(jobId, spoken(), isVidopsError(polled) ? polled : undefined);
      await pause(Math.min(Math.max(delay, SHORTEST_PAUSE), LONGEST_ASKED, end - now));
    }
  } finally {
    unwatch?.();
  }
}

function jobFailed(
  { jobId, error, creditsRefunded, creditsUsed }: Video,
  language: string | null,
): VidopsError {
  return ownError(error?.code ?? "ERR_6003", "generation_failed", language, {
    ...(error !== null && { message: error.message }),
    retryable: false,
    details: { job_id: jobId, credits_used: creditsUsed, credits_refunded: creditsRefunded },
  });
}

function timedOut(jobId: string, language: string | null, cause: unknown): VidopsError {
  // Its code is one that may be repeated: wait again later.
  return ownError("ERR_4014", "wait_timed_out", language, { details: { job_id: jobId }, cause });
}
