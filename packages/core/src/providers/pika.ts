import { createFalQueue, type FalOptions } from "./fal/fal-queue.ts";
import type { VideoProvider } from "./provider.ts";

const pikaModels = /^fal-ai\/pika(?:\/[\w-][\w.-]*)+$/;

/**
 * Makes the provider Pika. Pika's public API is fal's: the key is one of fal, the models are `fal-ai/pika/…`, and
 * everything else is as with fal.
 *
 * @param options `apiKey` is `<id>:<secret>` of fal's dashboard
 * @returns the provider
 * @throws ValidationError ERR_4008 for a malformed key or time
 * @see https://pika.art/api, https://fal.ai/models/fal-ai/pika/v2.2/text-to-video/llms.txt
 * @example
 * ```ts
 * const pika = createPika({ apiKey });
 * await pika.submit({ model: "fal-ai/pika/v2.2/text-to-video", prompt: "A poodle on a yacht", settings: { duration: 5 } });
 * ```
 */
export function createPika(options: FalOptions): VideoProvider {
  return createFalQueue("pika", pikaModels, options);
}
