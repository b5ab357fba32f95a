import type { ProviderJob, ProviderJobUrls, SubmitRequest } from "../provider.ts";
import { isHttps } from "../provider-input.ts";

/** Where requests are queued. @see https://fal.ai/docs/documentation/model-apis/inference/queue.md */
export const queueOrigin = "https://queue.fal.run";

/** A model's id: owner, app, and perhaps a path in it. A dot alone would leave the path. */
export const falModels: RegExp = /^[a-z0-9][\w-]*(?:\/[\w-][\w.-]*)+$/i;

/** The model's own input, which fal takes without an envelope. */
export function falInput({ settings, prompt, imageUrl }: SubmitRequest): Record<string, unknown> {
  return {
    ...settings,
    ...(prompt !== undefined && { prompt }),
    ...(imageUrl !== undefined && { image_url: imageUrl }),
  };
}

/**
 * Where a question about a job goes: to the address that fal gave for it, where that is on fal's own host and names the
 * job; else to the one that fal's client builds, which leaves the path of the model out.
 *
 * @param job the job
 * @param what the question
 * @param given an address of a newer answer
 * @returns the URL
 * @see https://github.com/fal-ai/fal-js/blob/main/libs/client/src/queue.ts
 */
export function jobUrl(job: ProviderJob, what: keyof ProviderJobUrls, given?: string | null): string {
  const own = [given, job.urls?.[what]].find((url) => isOwn(url, job.id));
  if (own) return own;
  const [first = "", second = "", third = ""] = job.model.split("/");
  const app = /^(?:workflows|comfy)$/.test(first) ? `${first}/${second}/${third}` : `${first}/${second}`;
  return `${queueOrigin}/${app}/requests/${job.id}${what === "result" ? "" : `/${what}`}`;
}

/** Whether the key may go there. */
export function isOwn(url: unknown, id: string): url is string {
  if (!isHttps(url)) return false;
  const { origin, pathname } = new URL(url);
  return origin === queueOrigin && pathname.split("/").includes(id);
}
