import { isUuid } from "@vidops/core/database";
import { VidopsError } from "@vidops/core/errors";
import { settleWebhook, type VideoProviders } from "@vidops/core/jobs";
import type { VideoProvider } from "@vidops/core/providers";
import { endpoint, jsonAnswer } from "./endpoint.ts";
import type { JobsContext } from "./get-video-jobs.ts";
import { queryParameter } from "./query-parameter.ts";

/** What `provider-webhook` works with. */
export interface WebhookContext extends JobsContext {
  readonly providers: VideoProviders;
}

/**
 * Makes the handler of `provider-webhook`: `?provider=&job=`, which generate-video gave the provider, and a message that the
 * provider signed. Nothing of it is believed before the signature is verified, and nothing of another job after. Repeats and any
 * order of arrival are harmless. What cannot be done now is answered with 503, so that the provider sends it again.
 */
export function providerWebhook(context: WebhookContext): (request: Request) => Promise<Response> {
  const { db, providers, store, log } = context;
  const handler = endpoint(
    { ...context, origin: [] },
    {
      name: "provider-webhook",
      methods: ["POST"],
      // Anybody can send what is refused, or what makes us ask the provider for newer keys, and could fill the table.
      record: ({ code }) => !/^ERR_[45]/.test(code),
    },
    async (request) => {
      const provider = providerOf(queryParameter(request, "provider"), providers);
      const jobId = queryParameter(request, "job");
      if (jobId === null || !isUuid(jobId)) throw unknown("job_not_found", "The webhook names no job.");
      const event = await provider.verifyWebhook(request);
      await settleWebhook(event, jobId, { db, providers, store, log });
      return jsonAnswer({ received: true });
    },
  );
  return async (request) => {
    const response = await handler(request);
    if (response.status < 500) return response;
    return new Response(response.body, { status: 503, headers: response.headers });
  };
}

function providerOf(name: string | null, providers: VideoProviders): VideoProvider {
  const found = Object.values(providers).find((provider) => provider?.name === name);
  if (found?.capabilities.webhooks === true) return found;
  throw unknown(
    "provider_not_configured",
    "The webhook names no provider that is set up here and has webhooks.",
  );
}

function unknown(reason: string, message: string): VidopsError {
  return new VidopsError({ code: "ERR_4007", reason, message });
}
