import type { ProviderJob, ProviderName, SubmitRequest, VideoProvider } from "../providers/index.ts";
import type { Generation } from "./generation.ts";

/** The providers that are set up. */
export type VideoProviders = Readonly<Partial<Record<ProviderName, VideoProvider>>>;

/**
 * What is, or was, asked of the provider. The same job gives the same request, so that a lost one can be looked for.
 *
 * @param job the job, or the part of it that is asked for
 * @param webhookUrl where the provider shall tell the end
 * @returns the request
 */
export function submitRequest(
  { providerModelId, prompt, settings }: Pick<Generation, "providerModelId" | "prompt" | "settings">,
  webhookUrl?: string | undefined,
): SubmitRequest {
  const { image_url: imageUrl, ...rest } = settings;
  return {
    model: providerModelId,
    prompt: prompt ?? undefined,
    ...(typeof imageUrl === "string" ? { imageUrl, settings: rest } : { settings }),
    webhookUrl,
  };
}

/** The provider's job. */
export function providerJob(job: Pick<Generation, "provider" | "providerModelId">, id: string): ProviderJob {
  return { provider: job.provider, id, model: job.providerModelId };
}
