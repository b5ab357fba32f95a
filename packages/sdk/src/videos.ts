import { validationError } from "@vidops/core/errors";
import { objectOf } from "./answer-error.ts";
import type { BalanceCache } from "./balance-cache.ts";
import type { CallOptions, KeyedCallOptions } from "./call-options.ts";
import { camelCased, camelCasedList } from "./camel-cased.ts";
import type { ClientSettings } from "./client-settings.ts";
import { createIdempotencyKey } from "./idempotency-key.ts";
import { type Page, type PagedList, pagedList } from "./page.ts";
import type { Send } from "./send.ts";
import type { Video, VideoStatus } from "./video.ts";
import { type PolledVideo, type WaitOptions, waitForVideo } from "./wait-for-video.ts";

/** What is to be made. */
export interface VideoOrder {
  readonly modelId: string;
  readonly prompt: string;
  /** What the model takes besides, e.g. `{ seconds: 5 }`. */
  readonly settings?: Readonly<Record<string, unknown>> | undefined;
  /** A picture to begin with, https. */
  readonly imageUrl?: string | undefined;
  /** The price that the user saw, in credits: another one is refused with ERR_4009. */
  readonly expectedCredits?: number | undefined;
}

/** An order that was taken. */
export interface StartedVideo {
  readonly jobId: string;
  readonly status: VideoStatus;
  readonly creditsUsed: number;
  /** Right after the order. */
  readonly creditsRemaining: number;
  /** True when the order was taken before, under the same key. */
  readonly replayed: boolean;
  readonly idempotencyKey: string;
}

/** Which videos to list. */
export interface VideoListOptions extends CallOptions {
  /** Videos a page, 1 to 100. Default 20. */
  readonly limit?: number | undefined;
  readonly status?: VideoStatus | undefined;
  /** `nextCursor` of the page before. */
  readonly cursor?: string | null | undefined;
}

/** The videos of the user who is signed in. */
export interface Videos {
  /**
   * Orders a video and pays for it, once: the same key goes with all attempts. An error has it in `details.idempotency_key`;
   * with it, or with one that the app made and kept before, the order can be repeated after a crash.
   * @throws VidopsError ERR_4001 not enough credits · ERR_4002 · ERR_4003 · ERR_4004 · ERR_4009 the price has changed ·
   *   ERR_4012 · ERR_5002, ERR_5003 the provider refuses, credits are back · ERR_6006 not known: repeat it with the key
   */
  generate(order: VideoOrder, options?: KeyedCallOptions): Promise<StartedVideo>;
  /** @throws VidopsError ERR_4007 for one that is not there, or another user's */
  get(jobId: string, options?: CallOptions): Promise<Video>;
  /** The videos, newest first. */
  list(options?: VideoListOptions): PagedList<Video>;
  /** Takes a finished video away; again is no error. @throws VidopsError ERR_4014 while it is being made */
  delete(jobId: string, options?: CallOptions): Promise<void>;
  /** Waits for a video; see {@link waitForVideo}. */
  waitFor(jobId: string, options?: WaitOptions): Promise<Video>;
}

/**
 * Makes `vidops.videos`.
 *
 * @param send what sends as the user
 * @param balance what each order and refund changes
 * @param settings of the client
 * @returns the functions
 */
export function createVideos(send: Send, balance: BalanceCache, settings: ClientSettings): Videos {
  const poll = async (jobId: string, options: CallOptions): Promise<PolledVideo> => {
    const query = { job_id: jobId };
    const path = "/functions/v1/get-video-status";
    const { data } = await send({ path, query, answer: "job", options });
    const { job, poll_after } = objectOf(data) ?? {};
    const video = camelCased<Video>(job);
    // Its credits may have come back.
    if (video.status === "failed") balance.forget();
    return { video, pollAfter: typeof poll_after === "number" && poll_after > 0 ? poll_after * 1_000 : null };
  };

  return {
    generate: (order, { idempotencyKey: given, ...options } = {}) =>
      balance.write(async () => {
        const idempotencyKey = given ?? createIdempotencyKey();
        if (!UUID.test(idempotencyKey)) throw validationError("idempotencyKey", "is not a UUID");
        const { data, headers, userId } = await send({
          path: "/functions/v1/generate-video",
          answer: "job_id",
          body: {
            model_id: order.modelId,
            prompt: order.prompt,
            settings: order.settings,
            image_url: order.imageUrl,
            expected_credits: order.expectedCredits,
          },
          headers: { "idempotency-key": idempotencyKey },
          // Called again without the key, it would be another order.
          keepsKey: given !== undefined,
          errorDetails: { idempotency_key: idempotencyKey },
          timeout: 120_000,
          options,
        });
        const replayed = headers.get("x-idempotent-replay") === "true";
        const value: StartedVideo = { ...camelCased<StartedVideo>(data), replayed, idempotencyKey };
        // What is replayed is how it was then.
        return { value, userId, creditsRemaining: replayed ? null : value.creditsRemaining };
      }),
    get: async (jobId, options = {}) => (await poll(jobId, options)).video,
    list: ({ limit, status, cursor = null, ...options } = {}) =>
      pagedList(async (after): Promise<Page<Video>> => {
        const query = { limit, status, cursor: after };
        const path = "/functions/v1/get-video-jobs";
        const { data } = await send({ path, query, answer: "jobs", options });
        const { jobs, has_more, next_cursor } = objectOf(data) ?? {};
        return {
          items: camelCasedList(jobs),
          hasMore: has_more === true,
          nextCursor: typeof next_cursor === "string" ? next_cursor : null,
        };
      }, cursor),
    delete: async (jobId, options = {}) => {
      const query = { job_id: jobId };
      await send({
        method: "DELETE",
        path: "/functions/v1/delete-video-job",
        query,
        answer: "deleted",
        options,
      });
    },
    waitFor: (jobId, options = {}) => waitForVideo(jobId, options, { settings, poll }),
  };
}

const UUID = /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/i;
