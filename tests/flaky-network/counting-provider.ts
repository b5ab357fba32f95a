import type { SubmitRequest, VideoProvider } from "@vidops/core/providers";

/** A provider that counts what it is paid for. */
export interface CountingProvider extends VideoProvider {
  /** How often each prompt was submitted. */
  readonly submits: ReadonlyMap<string, number>;
}

/**
 * Makes a provider that takes every order and has each video ready a moment later. It is called in this process: what the network
 * does to a provider is tested elsewhere.
 *
 * @param ready milliseconds from the order to the video
 */
export function countingProvider(ready: number): CountingProvider {
  const submits = new Map<string, number>();
  const taken = new Map<string, number>();
  const refuse = async (): Promise<never> => {
    throw new Error("Nobody asks this provider for that.");
  };
  return {
    submits,
    name: "fal",
    capabilities: {
      ...{ idempotentSubmit: false, cancel: "requested", webhooks: false, lookUp: false, progress: false },
      ...{ queuePosition: false, cost: "none", leastPollInterval: null },
    },
    async submit({ model, prompt = "" }: SubmitRequest) {
      submits.set(prompt, (submits.get(prompt) ?? 0) + 1);
      const id = crypto.randomUUID();
      taken.set(id, Date.now());
      return { job: { provider: "fal", id, model }, position: null, cost: null, requestId: null };
    },
    async status({ id }) {
      const since = taken.get(id);
      if (since === undefined) return refuse();
      if (Date.now() - since < ready) return { status: "processing", progress: null, cost: null };
      const videoUrl = `https://cdn.example/${id}.mp4`;
      return { status: "completed", videoUrl, lifetime: { atLeast: null, atMost: null }, cost: null };
    },
    ...{ cancel: refuse, verifyWebhook: refuse, lookUp: refuse },
  };
}
