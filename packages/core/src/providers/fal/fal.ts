import type { VideoProvider } from "../provider.ts";
import { createFalQueue, type FalOptions } from "./fal-queue.ts";
import { falModels } from "./fal-requests.ts";

/**
 * Makes the provider fal: any model of fal that makes a video, through fal's queue.
 *
 * @param options `apiKey` is `<id>:<secret>` of fal's dashboard
 * @returns the provider
 * @throws ValidationError ERR_4008 for a malformed key or time
 * @see https://fal.ai/docs/documentation/model-apis/inference/queue.md
 * @example
 * ```ts
 * const fal = createFal({ apiKey });
 * const { job } = await fal.submit({ model: "fal-ai/veo3.1", prompt: "A red kite", settings: { duration: "8s" } });
 * const state = await fal.status(job); // { status: "queued", position: 2, cost: null }
 * ```
 */
export function createFal(options: FalOptions): VideoProvider {
  return createFalQueue("fal", falModels, options);
}
