import {
  createIdempotencyKey,
  isVidopsError,
  type StartedVideo,
  type VideoOrder,
  type Videos,
} from "@vidops/sdk";

/** Where the order is kept whose answer did not come yet. */
const place = "order";

/**
 * Orders a video, and pays once however often it is asked for: the key is kept from before the order is sent until its answer came,
 * also over a reload of the page. Whoever asks again for the same thing, because the network was gone, gets what was ordered.
 *
 * @param videos of the client
 * @param order what is to be made
 * @returns the order as it was taken
 * @throws VidopsError as `videos.generate` does
 */
export async function orderOnce(videos: Videos, order: VideoOrder): Promise<StartedVideo> {
  const content = JSON.stringify(order);
  const [before, kept] = JSON.parse(localStorage.getItem(place) ?? "[]") as (string | undefined)[];
  const idempotencyKey = before === content && kept !== undefined ? kept : createIdempotencyKey();
  localStorage.setItem(place, JSON.stringify([content, idempotencyKey]));
  try {
    const started = await videos.generate(order, { idempotencyKey });
    localStorage.removeItem(place);
    return started;
  } catch (error) {
    // What the provider said is kept under the key, and would be said again. After all else the key is as good as new, or needed.
    if (isVidopsError(error) && error.code.startsWith("ERR_5")) localStorage.removeItem(place);
    throw error;
  }
}
